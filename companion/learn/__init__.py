"""Learns from what a user says: facts and events are read out of messages and handed to the store as notes."""
