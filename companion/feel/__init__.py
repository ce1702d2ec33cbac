"""What a message carries beside its words: the feelings in it and what it is about."""
