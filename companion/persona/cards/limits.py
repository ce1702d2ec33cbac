"""How much of a card is read: enough for every real one, and little enough that a hostile one is refused within two seconds."""

MOST_BYTES = 128 * 1024 * 1024  # of one file
MOST_JSON_BYTES = 16 * 1024 * 1024  # of one card's JSON, unpacked
MOST_JSON_DEPTH = 64  # objects and lists inside each other
MOST_JSON_TOKENS = 500_000  # strings, brackets and commas
MOST_ENTRIES = 10_000  # of one lorebook
MOST_CHUNKS = 100_000  # of one PNG
MOST_MEMBERS = 10_000  # of one zip
MOST_DIRECTORY_BYTES = 4 * 1024 * 1024  # of a zip's list of members
MOST_UNPACKED_BYTES = 512 * 1024 * 1024  # all members of a zip together, as they say of themselves
MOST_ASSET_BYTES = 64 * 1024 * 1024  # of one picture, sound or other asset, unpacked
MOST_NAME_CHARS = 512  # of a member's name
MOST_EXPANDED_CHARS = 200_000  # of a text, before its macros are replaced and after
MOST_MACRO_DEPTH = 16  # macros inside each other
