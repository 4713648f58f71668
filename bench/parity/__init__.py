"""Everything below a directory rendered twice: by Trunkline, and by the program it must equal."""
