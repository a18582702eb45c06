"""`python -m sluicegate`: the same as the command `sluice`."""

from sluicegate.ci.__main__ import main

if __name__ == "__main__":
    main()
