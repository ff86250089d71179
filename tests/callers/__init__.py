"""Release tools as people write them: sound ones, and one for each fault."""
