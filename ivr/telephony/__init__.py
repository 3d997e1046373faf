"""All that this project knows of Twilio and of carriers that speak TwiML."""
