"""Charts: each shows a run up to what is computed, bright up to the cursor, faint beyond."""
