"""The eight questions of the benchmarked problem set: prompts, answers of every kind, tests."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields

__all__ = ["DATA", "IMPORTS", "QUESTIONS", "Question"]

IMPORTS = """\
import numpy as np
import scipy.linalg
import matplotlib.pyplot as plt
"""

DATA = """\
rng = np.random.default_rng(2024)
M = rng.standard_normal((160, 160))
A = (M + M.T) / 2
B = rng.standard_normal((240, 120))
C = rng.standard_normal((200, 200)) + 20 * np.eye(200)
X = rng.standard_normal((2000, 20))
y = (X @ rng.standard_normal(20) > 0).astype(float)
"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, what students answer, and how it is tested.

    `right` answers pass, `wrong` ones run and fail the tests, `error` ones raise.
    """

    prompt: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    error: tuple[str, ...]
    visible: str
    hidden: str

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            plain = _plain(value) if isinstance(value, str) else tuple(map(_plain, value))
            object.__setattr__(self, field.name, plain)


def _plain(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


QUESTIONS = {
    "q1": Question(
        prompt="Compute `eigenvalues`, the eigenvalues of the symmetric `A` in ascending order.",
        right=(
            "eigenvalues = scipy.linalg.eigh(A, eigvals_only=True)",
            "eigenvalues = np.sort(np.linalg.eigvalsh(A))",
        ),
        wrong=(
            "eigenvalues = np.linalg.eigvalsh(A)[::-1]",
            "eigenvalues = np.sort(np.abs(np.linalg.eigvalsh(A)))",
        ),
        error=("eigenvalues = np.linalg.eigvalsh(A[0])",),
        visible="""
            assert eigenvalues.shape == (160,)
            assert np.all(np.isreal(eigenvalues))
            """,
        hidden="""
            assert np.all(np.diff(eigenvalues) >= 0), "not ascending"
            assert np.isclose(eigenvalues.sum(), np.trace(A))
            assert np.isclose((eigenvalues ** 2).sum(), np.linalg.norm(A) ** 2)
            assert np.allclose(eigenvalues, np.linalg.eigvalsh(A))
            """,
    ),
    "q2": Question(
        prompt="Use the SVD to compute `B5`, the best rank-5 approximation of `B`.",
        right=(
            """
            U, s, Vt = np.linalg.svd(B, full_matrices=False)
            B5 = (U[:, :5] * s[:5]) @ Vt[:5]
            """,
            """
            U, s, Vt = scipy.linalg.svd(B, full_matrices=False)
            B5 = U[:, :5] @ np.diag(s[:5]) @ Vt[:5, :]
            """,
        ),
        wrong=(
            """
            U, s, Vt = np.linalg.svd(B, full_matrices=False)
            B5 = (U[:, :4] * s[:4]) @ Vt[:4]
            """,
            """
            U, s, Vt = np.linalg.svd(B, full_matrices=False)
            B5 = (U[:, -5:] * s[-5:]) @ Vt[-5:]
            """,
        ),
        error=("U, s, Vt = np.linalg.svd(B)\nB5 = U @ np.diag(s) @ Vt",),
        visible="assert B5.shape == B.shape",
        hidden="""
            assert np.linalg.matrix_rank(B5) == 5
            _s = np.linalg.svd(B, compute_uv=False)
            assert np.isclose(np.linalg.norm(B - B5) ** 2, (_s[5:] ** 2).sum())
            """,
    ),
    "q3": Question(
        prompt="Compute `C_inv`, the inverse of `C`, and `x`, the solution of `C x = 1`.",
        right=(
            "C_inv = np.linalg.inv(C)\nx = np.linalg.solve(C, np.ones(200))",
            "C_inv = scipy.linalg.inv(C)\nx = C_inv @ np.ones(200)",
        ),
        wrong=(
            "C_inv = np.linalg.inv(C.T)\nx = np.linalg.solve(C, np.ones(200))",
            "C_inv = np.linalg.inv(C)\nx = C_inv.T @ np.ones(200)",
        ),
        error=("C_inv = np.linalg.inv(C)\nx = np.linalg.solve(C, np.ones(100))",),
        visible="assert C_inv.shape == (200, 200)\nassert x.shape == (200,)",
        hidden="assert np.allclose(C @ C_inv, np.eye(200))\nassert np.allclose(C @ x, 1.0)",
    ),
    "q4": Question(
        prompt="Write `entropy(p)`, the Shannon entropy in bits of a discrete distribution.",
        right=(
            """
            def entropy(p):
                p = np.asarray(p, dtype=float)
                p = p[p > 0]
                return float(-(p * np.log2(p)).sum())
            """,
            """
            def entropy(p):
                total = 0.0
                for value in p:
                    if value > 0:
                        total -= value * np.log2(value)
                return total
            """,
        ),
        wrong=(
            """
            def entropy(p):
                p = np.asarray(p, dtype=float)
                p = p[p > 0]
                return float(-(p * np.log(p)).sum())
            """,
            """
            def entropy(p):
                p = np.asarray(p, dtype=float)
                return float((p * np.log2(p + 1e-3)).sum())
            """,
        ),
        error=(
            """
            def entropy(p):
                return -(p * np.log2(p)).sum()

            print(entropy([0.5, 0.5]) + undefined_name)
            """,
        ),
        visible="assert np.isclose(entropy([0.5, 0.5]), 1.0)",
        hidden="""
            assert np.isclose(entropy([1.0, 0.0]), 0.0)
            assert np.isclose(entropy(np.full(4096, 1 / 4096)), 12.0)
            for _k in range(2, 40):
                assert np.isclose(entropy(np.full(_k, 1 / _k)), np.log2(_k))
            """,
    ),
    "q5": Question(
        prompt="Write `softmax(z)`, a softmax over the last axis that does not overflow.",
        right=(
            """
            def softmax(z):
                z = np.asarray(z, dtype=float)
                e = np.exp(z - z.max(axis=-1, keepdims=True))
                return e / e.sum(axis=-1, keepdims=True)
            """,
            """
            def softmax(z):
                z = np.asarray(z, dtype=float)
                shifted = z - np.max(z, axis=-1, keepdims=True)
                return np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
            """,
        ),
        wrong=(
            """
            def softmax(z):
                z = np.asarray(z, dtype=float)
                e = np.exp(z - z.max())
                return e / e.sum()
            """,
            """
            def softmax(z):
                z = np.asarray(z, dtype=float)
                z = np.clip(z, -50, 50)
                return np.exp(z) / np.exp(z).sum(axis=0, keepdims=True)
            """,
        ),
        error=(
            """
            def softmax(z):
                return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)

            softmax(np.zeros((3, 3)))[5]
            """,
        ),
        visible="assert np.allclose(softmax([0.0, 0.0]), 0.5)",
        hidden="""
            assert np.allclose(softmax([1000.0, 1000.0, 0.0]), [0.5, 0.5, 0.0])
            _z = np.random.default_rng(5).standard_normal((300, 500))
            assert np.allclose(softmax(_z).sum(axis=-1), 1.0)
            assert np.allclose(softmax(_z), softmax(_z + 7.0))
            """,
    ),
    "q6": Question(
        prompt="Write `estimate_pi(n, seed)`, a Monte-Carlo estimate of pi from `n` points.",
        right=(
            """
            def estimate_pi(n, seed):
                points = np.random.default_rng(seed).random((n, 2))
                return 4.0 * np.mean((points ** 2).sum(axis=1) <= 1.0)

            pi_hat = estimate_pi(200_000, seed=1)
            """,
            """
            def estimate_pi(n, seed):
                r = np.random.default_rng(seed)
                px, py = r.random(n), r.random(n)
                return 4.0 * np.count_nonzero(px * px + py * py <= 1.0) / n

            pi_hat = estimate_pi(200_000, seed=1)
            """,
        ),
        wrong=(
            """
            def estimate_pi(n, seed):
                points = np.random.default_rng(seed).random((n, 2))
                return np.mean((points ** 2).sum(axis=1) <= 1.0)

            pi_hat = estimate_pi(200_000, seed=1)
            """,
            """
            def estimate_pi(n, seed):
                return 3.1

            pi_hat = estimate_pi(200_000, seed=1)
            """,
        ),
        error=(
            """
            def estimate_pi(n, seed):
                points = np.random.default_rng(seed).random((n, 2))
                return 4.0 * np.mean((points ** 2).sum(axis=1) <= 1.0)

            pi_hat = estimate_pi(200_000)
            """,
        ),
        visible="assert 0 < pi_hat < 4",
        hidden="""
            assert abs(pi_hat - np.pi) < 0.03
            assert abs(estimate_pi(400_000, seed=2) - np.pi) < 0.03
            assert estimate_pi(1000, seed=3) == estimate_pi(1000, seed=3)
            """,
    ),
    "q7": Question(
        prompt="Write `gradient(w, X, y)`, the gradient of the mean logistic loss.",
        right=(
            """
            def gradient(w, X, y):
                p = 1.0 / (1.0 + np.exp(-(X @ w)))
                return X.T @ (p - y) / len(y)

            w = np.zeros(20)
            for _ in range(60):
                w = w - 0.5 * gradient(w, X, y)
            """,
            """
            def gradient(w, X, y):
                residual = 0.5 * (1.0 + np.tanh(0.5 * (X @ w))) - y
                return (X * residual[:, None]).mean(axis=0)

            w = np.zeros(20)
            for _ in range(60):
                w -= 0.5 * gradient(w, X, y)
            """,
        ),
        wrong=(
            """
            def gradient(w, X, y):
                p = 1.0 / (1.0 + np.exp(-(X @ w)))
                return X.T @ (p - y)

            w = np.zeros(20)
            for _ in range(60):
                w = w - 0.001 * gradient(w, X, y)
            """,
            """
            def gradient(w, X, y):
                p = 1.0 / (1.0 + np.exp(-(X @ w)))
                return X.T @ (y - p) / len(y)

            w = np.zeros(20)
            for _ in range(60):
                w = w - 0.5 * gradient(w, X, y)
            """,
        ),
        error=(
            """
            def gradient(w, X, y):
                p = 1.0 / (1.0 + np.exp(-(X @ w)))
                return X @ (p - y) / len(y)

            w = gradient(np.zeros(20), X, y)
            """,
        ),
        visible="assert gradient(np.zeros(20), X, y).shape == (20,)",
        hidden="""
            def _loss(w):
                margin = X @ w
                return np.mean(np.logaddexp(0.0, margin) - y * margin)

            _w = np.random.default_rng(7).standard_normal(20)
            _numeric = np.array(
                [(_loss(_w + 1e-6 * e) - _loss(_w - 1e-6 * e)) / 2e-6 for e in np.eye(20)]
            )
            assert np.allclose(gradient(_w, X, y), _numeric, atol=1e-5)
            assert _loss(w) < _loss(np.zeros(20))
            """,
    ),
    "q8": Question(
        prompt="Plot the eigenvalues of `A` (index against value) on `ax`, titled and labelled.",
        right=(
            """
            fig, ax = plt.subplots()
            ax.plot(np.arange(160), np.linalg.eigvalsh(A))
            ax.set_title("Spectrum of A")
            ax.set_xlabel("index")
            ax.set_ylabel("eigenvalue")
            """,
            """
            fig, ax = plt.subplots(figsize=(6, 4))
            spectrum = np.linalg.eigvalsh(A)
            ax.plot(range(len(spectrum)), spectrum, "o-", markersize=2)
            ax.set(title="Eigenvalues", xlabel="k", ylabel="lambda_k")
            ax.grid(True)
            """,
        ),
        wrong=(
            """
            fig, ax = plt.subplots()
            ax.plot(np.linalg.eigvalsh(A))
            ax.set_xlabel("index")
            """,
            """
            fig, ax = plt.subplots()
            ax.plot(np.arange(160), np.linalg.eigvalsh(A)[::-1])
            ax.set(title="Eigenvalues", xlabel="k", ylabel="lambda_k")
            """,
        ),
        error=("fig, ax = plt.subplots()\nax.plot(np.arange(100), np.linalg.eigvalsh(A))",),
        visible="assert len(ax.lines) == 1",
        hidden="""
            assert ax.get_title() and ax.get_xlabel() and ax.get_ylabel()
            _xs, _ys = ax.lines[0].get_data()
            assert np.allclose(_ys, np.linalg.eigvalsh(A))
            assert len(_xs) == 160
            """,
    ),
}
