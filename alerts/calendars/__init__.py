"""What makes a person be there or not: holidays, leave, and on-call times that somebody else's calendar knows.

Everything fetched enters as a value (`duty.Fed`); nothing here asks a clock or the network.
"""
