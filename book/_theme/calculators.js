// The calculators of calculators.md.  Each function is the one of the same purpose in lib/tenfold, and is compared with it
// in a browser (site_checks/test_calculators.py).  Values fitted by the chapters stand in the page as JSON.
"use strict";

const tenfold = {
  // tenfold.laws.transfer_lr
  transferLr: (lr, dFrom, dTo, beta) => lr * (dFrom / dTo) ** beta,

  // tenfold.laws.optimal_shares: p_i = (w_i c_i gamma_i / lambda)^(1 / (1 + gamma_i)), lambda by halving
  optimalShares(gamma, c, weights) {
    const force = gamma.map((g, i) => Math.log(weights[i]) + Math.log(c[i]) + Math.log(g));
    const sharesAt = (lambda) => force.map((f, i) => Math.exp((f - lambda) / (1 + gamma[i])));
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    let low = Math.max(...force);
    let high = Math.max(...force.map((f, i) => f + Math.log(force.length) * (1 + gamma[i])));
    for (let step = 0; step < 64; step++) {
      const middle = (low + high) / 2;
      if (sum(sharesAt(middle)) > 1) low = middle; else high = middle;
    }
    const shares = sharesAt((low + high) / 2);
    return shares.map((share) => share / sum(shares));
  },

  // tenfold.kernels.S2Pattern(heads, block, local_blocks, stride, dense_heads=, kv_heads=), absolute stripes
  s2({ heads, kvHeads, block, localBlocks, stride, denseHeads }, time) {
    const step = Math.max(1, Math.floor(stride / heads));
    const blocks = Math.ceil(time / block);
    const sparse = heads - denseHeads;
    const residues = new Set();
    for (let head = 0; head < sparse; head++) residues.add((head * step) % stride);
    let visible = (denseHeads * blocks * (blocks + 1)) / 2;
    for (let head = 0; head < sparse; head++) {
      const shift = (head * step) % stride;
      for (let row = 0; row < blocks; row++) {
        visible += Math.min(row + 1, localBlocks);
        if (row >= localBlocks) {
          visible += Math.floor((row - localBlocks + shift) / stride) - Math.floor((shift - 1) / stride);
        }
      }
    }
    const group = heads / kvHeads;
    const live = [];
    for (let kv = 0; kv < kvHeads; kv++) {
      let held = 0;
      for (let key = 0; key < blocks; key++) {
        for (let head = kv * group; head < (kv + 1) * group; head++) {
          const shift = (head * step) % stride;
          if (head >= sparse || blocks - 1 - key < localBlocks || (key + shift) % stride === 0) { held++; break; }
        }
      }
      live.push(held);
    }
    return {
      density: visible / ((heads * blocks * (blocks + 1)) / 2),
      complete: denseHeads > 0 || residues.size === stride,
      liveBlocks: live,
      blocks,
    };
  },

  // F1 of POROver: the harmonic mean of safety and usefulness
  f1: (safety, usefulness) => (safety + usefulness > 0 ? (2 * safety * usefulness) / (safety + usefulness) : 0),

  // the safety that gives this F1 beside this usefulness; none where that would exceed 1
  safetyFor(f1, usefulness) {
    const safety = (f1 * usefulness) / (2 * usefulness - f1);
    return 2 * usefulness > f1 && safety <= 1 + 1e-12 ? Math.min(safety, 1) : null;
  },
};
window.tenfold = tenfold;

document.addEventListener("DOMContentLoaded", () => {
  const source = document.getElementById("calculator-values");
  if (!source) return;
  const fitted = JSON.parse(source.textContent);

  const digits = (value, n) => value < 1e-6 ? value.toExponential(n - 1) : Number(value.toPrecision(n)).toLocaleString("en", { maximumSignificantDigits: n });
  const percent = (value) => `${(100 * value).toFixed(1)}\u00a0%`;
  const memory = (bytes) => {
    const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
    return `${digits(bytes / 2 ** (10 * power), 3)} ${units[power]}`;
  };
  const quantile = (sorted, q) => {
    const at = q * (sorted.length - 1);
    const below = Math.floor(at);
    return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
  };

  // Each calculator turns its form's numbers into lines [label, text]; a complaint replaces them.
  const calculators = {
    "lr-transfer"({ lr, from, to, beta }) {
      const [value, low, high] = beta === "paper" ? [0.32] : fitted.lr_transfer[beta];
      const at = (exponent) => tenfold.transferLr(lr, from, to, exponent);
      const ends = [at(low), at(high)].sort((a, b) => a - b).map((end) => digits(end, 3)).join(" to ");
      return [
        ["Learning rate", digits(at(value), 3) + (low === undefined ? "" : ` (${ends})`)],
        ["Factor", digits((from / to) ** value, 3)],
        ["Exponent β", low === undefined ? "0.32, the paper's, without an interval" : `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`],
      ];
    },
    "language-shares"(form) {
      const { families, gamma, c, draws } = fitted.language_shares;
      const weights = families.map((family) => form[family]);
      if (!weights.some((weight) => weight > 0)) return "Give one family a weight above 0.";
      const ones = families.map(() => 1);
      const scale = form.total === "plain" ? c : ones;
      const best = tenfold.optimalShares(gamma, scale, weights);
      const drawn = draws.map((one) => tenfold.optimalShares(one.gamma, form.total === "plain" ? one.c : ones, weights));
      return families.map((family, i) => {
        const sorted = drawn.map((shares) => shares[i]).sort((a, b) => a - b);
        return [family, `${percent(best[i])} (${percent(quantile(sorted, 0.025))} to ${percent(quantile(sorted, 0.975))})`];
      });
    },
    s2({ heads, kvHeads, block, localBlocks, stride, denseHeads, time, layers, headDim, bytes }) {
      if (heads % kvHeads) return "Heads must be a multiple of KV heads.";
      if (denseHeads > heads) return "There are at most as many dense heads as heads.";
      if (Math.ceil(time / block) > 20000) return "That is more than 20,000 blocks: take larger blocks or a shorter context.";
      const s2 = tenfold.s2({ heads, kvHeads, block, localBlocks, stride, denseHeads }, time);
      const perToken = 2 * headDim * bytes * layers;
      const dense = perToken * kvHeads * s2.blocks * block;
      const held = perToken * s2.liveBlocks.reduce((sum, n) => sum + n, 0) * block;
      return [
        ["Density", percent(s2.density)],
        ["Attention, at most", `${digits(1 / s2.density, 3)} times as fast as dense, if nothing but visible blocks costs time`],
        ["Union of the heads", s2.complete ? "complete: together the heads see every key" : "incomplete: some keys are seen by no head"],
        ["KV cache, whole blocks", `${memory(held)} instead of ${memory(dense)}`],
      ];
    },
    f1({ safety, usefulness }) {
      const f1 = tenfold.f1(safety, usefulness);
      const other = tenfold.safetyFor(f1, 1);
      return [
        ["F1", percent(f1)],
        ["The same F1 with a system that", `refuses nothing harmless (usefulness 100 %) and is safe in ${percent(other)} of the harmful cases`],
        ["or with one that", `is never unsafe (safety 100 %) and useful in ${percent(other)} of the harmless cases`],
        ["Highest F1 at this usefulness", percent(tenfold.f1(1, usefulness))],
      ];
    },
  };

  // What is wrong with a field, and what it takes.
  const complaint = (field) => {
    const { min, max, step, validity, value } = field;
    const wrong = value === "" ? (validity.badInput ? "not a number" : "empty") : `${value} is not allowed`;
    const steps = { any: "a number", 1: "a whole number" }[step] ?? `a multiple of ${step}`;
    return `${field.labels[0].innerText.trim()}: ${wrong}. Give ${steps} from ${min} to ${max}.`;
  };

  for (const form of document.querySelectorAll("form.tf-calculator")) {
    const output = form.querySelector("output");
    const show = () => {
      const values = {};
      for (const field of form.elements) {
        if (field.name) values[field.name] = field.type === "number" ? field.valueAsNumber : field.value;
      }
      const wrong = form.querySelector("input:invalid");
      const lines = wrong ? complaint(wrong) : calculators[form.dataset.calculator](values);
      output.replaceChildren();
      if (typeof lines === "string") { output.textContent = lines; return; }
      const list = document.createElement("dl");
      for (const [label, text] of lines) {
        list.append(Object.assign(document.createElement("dt"), { textContent: label }));
        list.append(Object.assign(document.createElement("dd"), { textContent: text }));
      }
      output.append(list);
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    show();
  }
});
