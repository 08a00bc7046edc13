// Copyright 2026 The Ringtap Project
// SPDX-License-Identifier: Apache-2.0

import {svg} from './plot.js';

const MAX_PORTS = 24;

function text(content, attributes) {
  const made = svg('text', attributes);
  made.textContent = content;
  return made;
}

function shortened(name) {
  return name.length > 34 ? name.slice(0, 33) + '…' : name;
}

/** Its state, what is behind it, and where a tunnel leads to. */
function about(port) {
  const stations = `${port.state}, ${port.stations} station${port.stations === 1 ? '' : 's'}`;
  return port.remotes.length ? `${stations}, to ${port.remotes.join(' ')}` : stations;
}

/** Draws the bridge in the middle and its ports in two columns beside it, or in one where there is less room. */
export class Topology {
  constructor(parent) {
    this.parent = parent;
    this.drawn = '';
    this.ports = [];
    new ResizeObserver(() => this.show(this.ports)).observe(parent);
  }

  show(ports) {
    this.ports = ports;
    const narrow = this.parent.clientWidth < 520;
    const present = ports.filter(port => port.state !== 'gone');
    const key = narrow + JSON.stringify(present.map(port => [port.name, port.state, port.stations, port.remotes]));
    if (key === this.drawn) return;
    this.drawn = key;
    const shown = present.slice(0, MAX_PORTS);
    const rows = Math.max(1, narrow ? shown.length : Math.ceil(shown.length / 2));
    const height = Math.max(110, rows * 54 + 16);
    const root = svg('svg', {viewBox: `0 0 ${narrow ? 380 : 760} ${height}`, role: 'img'});
    const title = svg('title');
    title.textContent = 'The bridge joins ' + (present.length === 0 ? 'no ports' : present.map(port =>
      `${port.name}, ${about(port)}`).join('; '));
    root.append(title);
    const middle = height / 2;
    const hub = narrow ? 46 : 380;
    shown.forEach((port, i) => {
      const left = !narrow && i % 2 === 0;
      const y = (Math.floor(narrow ? i : i / 2) + 0.5) * (height / rows);
      const x = narrow ? 132 : left ? 8 : 512;
      root.append(svg('line', {x1: left ? x + 240 : x, y1: y, x2: hub, y2: middle,
        class: port.state === 'up' ? 'up' : 'down'}),
      svg('rect', {x, y: y - 21, width: 240, height: 42, rx: 6}),
      text(shortened(port.name), {x: x + 10, y: y - 3}),
      text(shortened(about(port)), {x: x + 10, y: y + 14, class: 'quiet'}));
    });
    root.append(svg('circle', {cx: hub, cy: middle, r: 36, class: 'hub'}),
      text('bridge', {x: hub, y: middle + 5, 'text-anchor': 'middle', class: 'hub-label'}));
    if (present.length > MAX_PORTS) {
      root.append(text(`and ${present.length - MAX_PORTS} more ports`, {x: narrow ? 252 : 380, y: height - 8, 'text-anchor': 'middle',
        class: 'quiet'}));
    }
    this.parent.replaceChildren(root);
  }
}
