# In the misere game the value and the good moves are taken to be those of the normal game reversed.
# expect: nim PARTIAL

# %% nim-code
def nim_move(heaps, misere):
    """Return (value, move): 1 or -1 for the player to move, and a winning (i, left) or None.

    heaps: list of ints >= 0, possibly empty.  misere: True where taking the last stone loses.
    """
    def lost(heaps):
        return (xor(heaps) == 0) != misere

    if not any(heaps):
        return (1 if misere else -1), None
    s = xor(heaps)
    for i, heap in enumerate(heaps):
        for left in {0, 1, heap ^ s}:
            if left < heap and lost([*heaps[:i], left, *heaps[i + 1 :]]):
                return 1, (i, left)
    return -1, None


def xor(heaps):
    """Return the nim-sum."""
    total = 0
    for heap in heaps:
        total ^= heap
    return total
