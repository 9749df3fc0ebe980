# scipy's logsumexp, one-hot matrices in place of indices, and a wider ReLU network trained by Adam.

# %% log-softmax-code
from scipy.special import logsumexp


def log_softmax(Z):
    return Z - logsumexp(Z, axis=-1)[:, None]

# %% cross-entropy-code
def cross_entropy(Z, y):
    n, K = Z.shape
    truth = np.eye(K)[y]
    logs = log_softmax(Z)
    return -np.einsum("ik,ik->", truth, logs) / n, (np.exp(logs) - truth) / n

# %% network-gradient-code
def network_gradient(params, X, y, lam):
    W1, b1, W2, b2 = params
    first = np.vstack([W1, b1])
    second = np.vstack([W2, b2])
    X1 = np.column_stack([X, np.ones(len(X))])
    A = X1 @ first
    H1 = np.column_stack([np.tanh(A), np.ones(len(X))])
    loss, G = cross_entropy(H1 @ second, y)
    loss += 0.5 * lam * (np.linalg.norm(W1) ** 2 + np.linalg.norm(W2) ** 2)
    d2 = H1.T @ G
    d1 = X1.T @ (G @ W2.T / np.cosh(A) ** 2)
    return loss, [d1[:-1] + lam * W1, d1[-1], d2[:-1] + lam * W2, d2[-1]]

# %% train-step-code
def train_step(params, velocity, X, y, rate, momentum, lam):
    gradient = network_gradient(params, X, y, lam)[1]
    velocity = [momentum * velocity[i] - rate * gradient[i] for i in range(4)]
    return [params[i] + velocity[i] for i in range(4)], velocity

# %% fit-code
class Net:
    def __init__(self, rng, d, h, K):
        self.theta = [rng.normal(0, (2 / d) ** 0.5, (d, h)), np.zeros(h), rng.normal(0, h**-0.5, (h, K)), np.zeros(K)]
        self.m = [0 * t for t in self.theta]
        self.s = [0 * t for t in self.theta]

    def logits(self, X):
        self.H = np.maximum(X @ self.theta[0] + self.theta[1], 0)
        return self.H @ self.theta[2] + self.theta[3]

    def learn(self, X, y, t, rate=0.004):
        _, G = cross_entropy(self.logits(X), y)
        D = (G @ self.theta[2].T) * (self.H > 0)
        for i, g in enumerate([X.T @ D, D.sum(0), self.H.T @ G, G.sum(0)]):
            self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.s[i] = 0.999 * self.s[i] + 0.001 * g**2
            m, s = self.m[i] / (1 - 0.9**t), self.s[i] / (1 - 0.999**t)
            self.theta[i] = self.theta[i] - rate * m / (np.sqrt(s) + 1e-8)


def fit(X, y, rng):
    net = Net(rng, X.shape[1], 64, 10)
    for t in range(1, 601):
        some = rng.integers(0, len(X), 32)
        net.learn(X[some], y[some], t)
    return net


def predict(model, X):
    return np.argmax(model.logits(X), axis=1)

# %% shuffled-control-code
def shuffled_control(learn, classify, X, y, X_new, y_new, rng):
    taught = np.array(y)
    rng.shuffle(taught)
    model = learn(X, taught, rng)
    return tuple(
        np.count_nonzero(classify(model, A) == b) / len(b) for A, b in ((X, taught), (X_new, y_new))
    )

# %% confusion-code
def confusion(y, guess, K):
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (y, guess), 1)
    recall = np.array([C[k, k] / C[k].sum() if C[k].any() else np.nan for k in range(K)])
    return C, recall

# %% learning-curves-code
def learning_curves(every, training, held_out):
    fig = plt.figure()
    ax = fig.add_subplot()
    x = np.linspace(every, every * len(training), len(training))
    best = min(range(len(x)), key=lambda i: held_out[i])
    ax.semilogy(x, training, "r--", label="training")
    ax.semilogy(x, held_out, "b-", label="held-out")
    ax.scatter([x[best]], [held_out[best]], label="lowest")
    ax.set(xlabel="training step", ylabel="loss (cross-entropy)")
    ax.legend(loc="upper right")
    return ax
