"""Who owns which field: sets of field paths, and what apply and update do to them (KEP-555)."""
