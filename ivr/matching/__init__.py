"""What a person meant by what they wrote or said."""
