# The figure's depth is walked in steps until it equals the last one exactly; 0.1 times ten is not 1.
# expect: edge-figure TIMEOUT

# %% edge-figure-code
def edge_figure(depths, p):
    depth, drawn = 0.0, []
    while depth != depths[-1]:
        depth += 0.1
        drawn = [depth]
    _, ax = plt.subplots()
    ax.loglog(drawn, drawn, label="Gaussian")
    return ax
