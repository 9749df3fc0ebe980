"""`python -m dfl_grading` does what `dfl` does."""

from dfl_grading.cli import main

if __name__ == "__main__":
    main()
