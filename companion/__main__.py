"""`python -m companion`: the terminal's commands."""

from companion.terminal.program import main

if __name__ == "__main__":
    main()
