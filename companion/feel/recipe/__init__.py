"""How the reading of feelings is trained: one command, from comments with labels to the file that ships."""
