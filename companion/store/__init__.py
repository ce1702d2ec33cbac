"""What is kept: one SQLite database under the home folder. Start at `conversations.py`."""
