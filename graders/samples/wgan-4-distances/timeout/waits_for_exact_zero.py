# The north-west corner rule, going round until no mass is left exactly. The visible masses happen to end;
# hidden ones leave a rounding error behind, and the loop waits for it for ever.
# expect: monotone-plan TIMEOUT

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    rows, columns = np.argsort(x), np.argsort(y)
    left, room = p[rows].copy(), q[columns].copy()
    plan = np.zeros((len(x), len(y)))
    i = j = 0
    while left.sum() > 0 or room.sum() > 0:
        mass = min(left[i], room[j])
        plan[rows[i], columns[j]] += mass
        left[i] -= mass
        room[j] -= mass
        if left[i] <= room[j]:
            i = min(i + 1, len(x) - 1)
        else:
            j = min(j + 1, len(y) - 1)
    return plan
