"""The dialect `beep`: devices subscribe to an event stream, and anybody who is let in posts to one of them."""
