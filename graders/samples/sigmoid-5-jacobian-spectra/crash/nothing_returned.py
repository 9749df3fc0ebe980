# Everything is computed and printed; nothing is returned.
# expect: s-jj FAILED
# expect: atoms ERROR
# expect: edge-figure FAILED

# %% s-jj-code
def s_jj(z, L, p, sigma_w, kind):
    print(((1 if kind == "gaussian" else 1 + z) / (z + p) / sigma_w**2) ** L)

# %% atoms-code
def atoms(L, p):
    print(max(0, 1 - L * (1 - p)), p**-L, 1 - p)

# %% edge-figure-code
def edge_figure(depths, p):
    plt.loglog(depths, [lam_max(int(L), p, "gaussian") for L in depths], label="Gaussian")
    plt.loglog(depths, [lam_max(int(L), p, "orthogonal") for L in depths], label="orthogonal")
    plt.show()
