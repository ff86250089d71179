"""Virtual time: what a caller reads and what it waits for, on the clock of its account.

``threads`` decides who lives in virtual time, ``builtin`` replaces what is written in C, ``waiting``
moves the clock, and ``virtual`` lists what is replaced.
"""
