"""Companion in the terminal: chat, the page, a check of the machine, and what is kept."""
