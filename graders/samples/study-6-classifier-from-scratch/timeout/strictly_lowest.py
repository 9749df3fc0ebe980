# The search goes round until it finds a loss below all others. Where two are lowest there is none.
# The figure has no words yet, and both scales are linear.
# expect: learning-curves TIMEOUT

# %% learning-curves-code
def learning_curves(every, training, held_out):
    i = 0
    while held_out[i] >= np.delete(held_out, i).min():
        i = (i + 1) % len(held_out)
    steps = every * np.arange(1, len(training) + 1)
    _, ax = plt.subplots()
    ax.plot(steps, training, label="training")
    ax.plot(steps, held_out, label="held-out")
    ax.plot(steps[i], held_out[i], "o", label="lowest")
    return ax
