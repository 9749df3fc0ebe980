# S(z) = 1 / m_1, its value at zero, for every z.
# expect: s-transform PARTIAL

# %% s-transform-code
def S_transform(moments, z):
    return 1 / moments[0]
