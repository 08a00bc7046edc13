// Copyright 2026 The Ringtap Project
// SPDX-License-Identifier: Apache-2.0

const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 120;
const HEIGHT = 100;

/** An element of SVG with these attributes. */
export function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  return made;
}

/** A number with a prefix of the SI and a unit: 12.3 Mbit/s. */
export function short(value, unit = '') {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  let step = 0;
  let rest = value;
  while (rest >= 999.5 && step < prefixes.length - 1) {
    rest /= 1000;
    step++;
  }
  const number = step === 0 ? String(Math.round(rest)) : rest.toPrecision(3);
  return `${number} ${prefixes[step]}${unit}`.trim();
}

/** The rates of one port over the last two minutes: received and sent, in bits a second. */
export class Plot {
  constructor(name) {
    this.rx = [];
    this.tx = [];
    this.scale = document.createElement('p');
    this.scale.className = 'scale';
    this.element = svg('svg', {class: 'plot', viewBox: `0 0 ${POINTS - 1} ${HEIGHT}`, preserveAspectRatio: 'none',
      role: 'img'});
    this.name = name;
    this.lines = {rx: svg('polyline', {class: 'rx'}), tx: svg('polyline', {class: 'tx'})};
    this.element.append(this.lines.rx, this.lines.tx);
  }

  /** One second later. */
  add(rx, tx) {
    for (const [values, value] of [[this.rx, rx], [this.tx, tx]]) {
      values.push(value);
      if (values.length > POINTS) values.shift();
    }
    const highest = Math.max(...this.rx, ...this.tx);
    for (const direction of ['rx', 'tx']) {
      const values = this[direction];
      this.lines[direction].setAttribute('points', values.map((value, i) =>
        `${POINTS - values.length + i},${(HEIGHT - 3 - value / Math.max(1, highest) * (HEIGHT - 6)).toFixed(1)}`).join(' '));
    }
    this.scale.textContent = highest === 0 ? 'nothing in 2 minutes' : `2 minutes, at most ${short(highest, 'bit/s')}`;
    this.element.setAttribute('aria-label', `${this.name}: received ${short(rx, 'bit/s')}, sent ${short(tx, 'bit/s')}, `
      + `at most ${short(highest, 'bit/s')} in the last two minutes`);
  }
}
