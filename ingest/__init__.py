"""The door for meters: many languages in, one meaning, nothing lost."""
