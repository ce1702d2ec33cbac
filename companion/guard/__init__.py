"""What is checked around a reply: the crisis gate before it, the plain word that she is an AI above it."""
