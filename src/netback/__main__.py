"""``python -m netback``: the command line without the script."""

from netback.cli.main import main

if __name__ == "__main__":
    main()
