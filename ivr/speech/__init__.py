"""Text to sound: an engine speaks, the sound is joined, checked and kept under the name of what it says."""
