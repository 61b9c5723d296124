"""Daily outdoor temperatures: files read and checked whole."""
