"""What saved models say of pairs and responses, and what that is worth."""
