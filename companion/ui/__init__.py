"""The page: it draws what the store and the worker say, and sends what the user did. Start at `page.py`."""
