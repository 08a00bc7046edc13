// Copyright 2026 The Ringtap Project
// SPDX-License-Identifier: Apache-2.0

const ROWS = 50;
const PERIOD = 2000;

/** The table of stations, a page at a time: the server sorts and searches, so that 10,000 cost as much as 50. */
export class Stations {
  constructor(onError) {
    this.offset = 0;
    this.onError = onError;
    this.body = document.getElementById('stations');
    this.shown = document.getElementById('stations-shown');
    this.match = document.getElementById('stations-match');
    this.order = document.getElementById('stations-order');
    this.back = document.getElementById('stations-back');
    this.next = document.getElementById('stations-next');
    this.back.addEventListener('click', () => this.turn(-ROWS));
    this.next.addEventListener('click', () => this.turn(ROWS));
    this.order.addEventListener('change', () => this.turn(-this.offset));
    this.match.addEventListener('input', () => this.turn(-this.offset));
    document.getElementById('stations-form').addEventListener('submit', event => event.preventDefault());
    this.load();
  }

  turn(by) {
    this.offset = Math.max(0, this.offset + by);
    this.load();
  }

  async load() {
    clearTimeout(this.timer);
    const turn = this.loading = {};
    try {
      const query = new URLSearchParams({match: this.match.value, order: this.order.value, offset: this.offset,
        limit: ROWS});
      const response = await fetch('addresses?' + query);
      if (!response.ok) throw new Error(response.statusText);
      const page = await response.json();
      if (turn === this.loading) this.show(page);
    } catch (failure) {
      this.onError(failure);
    }
    // A later call has its own.
    if (turn === this.loading) this.timer = setTimeout(() => this.load(), PERIOD);
  }

  show(page) {
    this.offset = page.offset;
    while (this.body.rows.length > page.stations.length) this.body.deleteRow(-1);
    page.stations.forEach((station, i) => {
      const row = this.body.rows[i] || this.newRow();
      const values = [station.address, station.port, station.static ? 'static' : `${station.age} s`,
        String(station.moves), station.movedFrom || ''];
      values.forEach((value, column) => {
        const cell = row.cells[column];
        if (cell.textContent !== value) cell.textContent = value;
      });
    });
    const shown = page.matching === 0 ? 'no stations'
      : `${page.offset + 1} to ${page.offset + page.stations.length} of ${page.matching}`;
    const text = page.matching === page.total ? shown : `${shown}, ${page.total} in all`;
    if (this.shown.textContent !== text) this.shown.textContent = text;
    this.back.disabled = page.offset === 0;
    this.next.disabled = page.offset + page.stations.length >= page.matching;
  }

  newRow() {
    const row = this.body.insertRow();
    for (let column = 0; column < 5; column++) {
      const cell = row.insertCell();
      if (column === 2 || column === 3) cell.className = 'number';
    }
    return row;
  }
}
