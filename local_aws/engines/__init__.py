"""The AI itself: each module wraps one open-source library. No AWS word appears here."""
