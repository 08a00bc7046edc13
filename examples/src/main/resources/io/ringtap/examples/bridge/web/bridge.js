// Copyright 2026 The Ringtap Project
// SPDX-License-Identifier: Apache-2.0

import {Plot, short} from './plot.js';
import {Stations} from './stations.js';
import {Topology} from './topology.js';

const MAX_EVENTS = 200;
const SILENCE = 5000;
const BAD = ['port-gone', 'port-failed', 'port-down', 'frames-dropped', 'stations-flap', 'bridge-failed', 'storm-began',
  'port-blocked'];
/** Their text goes on behind a number. */
const COUNTED = ['frames-dropped', 'stations-moved', 'stations-flap', 'more'];

const byId = id => document.getElementById(id);

/** Whatever the bridge calls itself is text: nothing here makes HTML of it. */
function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function setText(where, content) {
  if (where.textContent !== content) where.textContent = content;
}

function sum(counts) {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function span(seconds) {
  const days = Math.floor(seconds / 86400);
  const clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(part =>
    String(Math.floor(part)).padStart(2, '0')).join(':');
  return days ? `${days} d ${clock}` : clock;
}

/** One port, with its counters and the rates since the state before. */
class PortCard {
  constructor(port) {
    this.element = element('li', 'port');
    this.element.dataset.port = port.name;
    this.state = element('span', 'state');
    const head = element('div', 'head');
    head.append(element('h3', '', port.name), this.state);
    this.about = element('p', 'about');
    this.plot = new Plot(port.name);
    const table = element('table');
    const titles = element('tr');
    titles.append(element('td'));
    for (const title of ['bit/s', 'frames/s', 'frames', 'bytes']) {
      const cell = element('th', '', title);
      cell.scope = 'col';
      titles.append(cell);
    }
    const thead = element('thead');
    thead.append(titles);
    const tbody = element('tbody');
    this.cells = {};
    for (const [direction, title] of [['rx', 'received'], ['tx', 'sent']]) {
      const row = element('tr');
      const name = element('th');
      name.scope = 'row';
      name.append(element('span', 'key ' + direction), ' ' + title);
      row.append(name);
      for (const value of ['Bits', 'Rate', 'Frames', 'Bytes']) {
        const cell = element('td', '', '–');
        cell.dataset.value = direction + value;
        this.cells[direction + value] = cell;
        row.append(cell);
      }
      tbody.append(row);
    }
    table.append(thead, tbody);
    this.drops = element('p', 'drops');
    this.conditions = element('p', 'drops quiet');
    this.element.append(head, this.about, this.plot.element, this.plot.scale, table, this.drops, this.conditions);
  }

  show(port, time) {
    const seconds = this.last ? (time - this.last.time) / 1000 : 0;
    const rate = counter => seconds > 0 && port[counter] >= this.last.port[counter]
      ? (port[counter] - this.last.port[counter]) / seconds : 0;
    this.element.className = 'port ' + port.state;
    setText(this.state, port.state);
    setText(this.about, port.cause ? port.cause : [port.channel,
      port.header ? `virtio-net header of ${port.header} bytes` : 'no virtio-net header',
      port.remotes.length ? `tunnel to ${port.remotes.join(' ')}` : '', port.queues > 1 ? `${port.queues} queues` : '', `${port.stations} station${port.stations === 1 ? '' : 's'}`,
      port.queuedBytes ? `${short(port.queuedBytes, 'B')} waiting` : ''].filter(part => part).join(' · '));
    this.rates = {rx: 8 * rate('rxBytes'), tx: 8 * rate('txBytes'), frames: rate('rxFrames')};
    for (const direction of ['rx', 'tx']) {
      setText(this.cells[direction + 'Bits'], short(this.rates[direction]));
      setText(this.cells[direction + 'Rate'], short(rate(direction + 'Frames')));
      setText(this.cells[direction + 'Frames'], String(port[direction + 'Frames']));
      setText(this.cells[direction + 'Bytes'], String(port[direction + 'Bytes']));
    }
    if (seconds > 0) this.plot.add(this.rates.rx, this.rates.tx);
    const drops = [];
    const conditions = [];
    for (const [condition, count] of Object.entries(port.conditions)) conditions.push(`${condition} ${count}`);
    for (const [title, counts] of [['received', port.rxDrops], ['to be sent', port.txDrops]]) {
      for (const [reason, count] of Object.entries(counts)) drops.push(`${title} ${reason} ${count}`);
    }
    setText(this.drops, drops.length ? 'Dropped: ' + drops.join(', ') : 'Nothing dropped');
    setText(this.conditions, conditions.join(', '));
    this.drops.className = drops.length ? 'drops some' : 'drops quiet';
    if (!this.last || this.last.time !== time) this.last = {port, time};
  }
}

/** The whole page. */
class Page {
  constructor() {
    this.cards = new Map();
    this.topology = new Topology(byId('topology'));
    this.lastHeard = 0;
    this.events = new EventSource('events');
    this.events.addEventListener('state', message => this.state(JSON.parse(message.data)));
    this.events.addEventListener('log', message => this.log(JSON.parse(message.data)));
    this.events.addEventListener('error', () => this.connection('lost', 'connection lost, trying again'));
    this.stations = new Stations(() => { });
    setInterval(() => {
      if (Date.now() - this.lastHeard > SILENCE) this.connection('lost', 'connection lost, trying again');
      // A browser gives up on a server that answers with an error.
      if (this.events.readyState === EventSource.CLOSED) location.reload();
    }, 1000);
  }

  connection(kind, text) {
    const status = byId('connection');
    if (status.className !== kind) {
      status.className = kind;
      status.textContent = text;
    }
  }

  state(state) {
    this.lastHeard = Date.now();
    this.connection('live', 'live');
    const seen = new Set();
    const total = {rx: 0, tx: 0, frames: 0, drops: 0};
    state.ports.forEach((port, i) => {
      // A port that has gone, and one that took its name, are two; so are two that had the same name.
      let key = port.state === 'gone' ? 'gone ' + port.name : port.name;
      while (seen.has(key)) key += ' ';
      seen.add(key);
      let card = this.cards.get(key);
      if (!card) {
        card = new PortCard(port);
        this.cards.set(key, card);
      }
      card.show(port, state.time);
      const there = byId('ports').children[i];
      if (there !== card.element) byId('ports').insertBefore(card.element, there || null);
      if (port.state !== 'gone') {
        total.rx += card.rates.rx;
        total.tx += card.rates.tx;
        total.frames += card.rates.frames;
      }
      total.drops += sum(port.rxDrops) + sum(port.txDrops);
    });
    for (const [key, card] of this.cards) {
      if (!seen.has(key)) {
        card.element.remove();
        this.cards.delete(key);
      }
    }
    byId('no-ports').hidden = state.ports.length !== 0;
    setText(byId('total-rx-bits'), short(total.rx, 'bit/s'));
    setText(byId('total-tx-bits'), short(total.tx, 'bit/s'));
    setText(byId('total-rx-frames'), short(total.frames, '/s'));
    setText(byId('total-drops'), String(total.drops));
    setText(byId('total-stations'), String(state.stations));
    setText(byId('uptime'), span(state.uptimeSeconds));
    this.topology.show(state.ports);
  }

  log(event) {
    this.lastHeard = Date.now();
    byId('no-events').hidden = true;
    const item = element('li', BAD.includes(event.kind) ? 'bad' : '');
    const time = element('time', '', new Date(event.time).toLocaleTimeString());
    time.dateTime = new Date(event.time).toISOString();
    item.append(time);
    if (event.port) item.append(element('span', 'about', event.port));
    item.append(element('span', 'text', event.count > 1 || COUNTED.includes(event.kind)
      ? `${event.count} ${COUNTED.includes(event.kind) ? '' : 'times: '}${event.text}` : event.text));
    const list = byId('events');
    list.prepend(item);
    while (list.children.length > MAX_EVENTS) list.lastElementChild.remove();
  }
}

window.bridgePage = new Page();
