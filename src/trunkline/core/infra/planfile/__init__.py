"""A saved plan's own file, read without the program that wrote it.

`show -json` starts the program and every provider of the unit again, only to print: with a cloud's
provider that is seconds and hundreds of megabytes for each unit. All that it prints of changes lies
in the file, but for what the provider's schema says: the types of attributes and which of them are
sensitive. With the schema of exactly that provider (`locks.py`) the file can be read here.

One rule makes that safe: whatever is not known for certain is Unsure, and then the program is asked
as before. A field that has no known number, a format of another version, an encrypted file, a
schema that does not fit a value: none of them is guessed at. What is read here is the same mapping
as the program's JSON, as far as anybody looks at it, so that one reader tells and masks both
(`core/infra/plan/read.py`); and a value is never marked sensitive less than the program would.
"""
