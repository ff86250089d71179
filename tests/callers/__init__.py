"""Release tools as people write them: sound ones, and for each fault one that has it."""
