// What the page asks of the server: one question at a time, and none that nobody looks at.

const JSON_TYPE = "application/json";
const PATIENCE = 10_000; // milliseconds until an answer is given up
const PAUSE = 1_000; // between two looks
const LONGEST_PAUSE = 8_000; // between two attempts while the server is gone

/** Why an action was not done. */
export class Refusal extends Error {}

const ACCOUNT = new URLSearchParams(location.search).get("account"); // an access key id

/** The path of a request for the account that the page was opened for. */
function addressed(path) {
  const and = path.includes("?") ? "&" : "?";
  return ACCOUNT === null ? path : `${path}${and}account=${encodeURIComponent(ACCOUNT)}`;
}

/** Read something; or do something, where there is a body. Refused with a reason, or lost. */
export async function ask(path, body) {
  const request = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) {
    Object.assign(request, {
      method: "POST",
      headers: { "Content-Type": JSON_TYPE },
      body: JSON.stringify(body),
    });
  }
  const answer = await fetch(addressed(path), request);
  if (!(answer.headers.get("Content-Type") ?? "").startsWith(JSON_TYPE)) {
    throw new TypeError(`status ${answer.status}`);
  }
  const document = await answer.json();
  if (!answer.ok) {
    throw new Refusal(document.error);
  }
  return document;
}

/** Looks at the account again and again, one look after the other. */
export class Watch {
  #seen = 0;
  #account = null;
  #failures = 0;
  #paused = false;
  #wake = () => {};
  #again = false;

  /**
   * @param {number} most - how many calls are wanted at the most
   * @param {{shown: function, gone: function}} told - what becomes of each look
   */
  constructor(most, told) {
    this.most = most;
    this.told = told;
    document.addEventListener("visibilitychange", () => this.#wake());
  }

  set paused(paused) {
    this.#paused = paused;
    this.#wake();
  }

  /** Look now, even if updates are paused. */
  now() {
    this.#again = true;
    this.#wake();
  }

  async run() {
    for (;;) {
      this.#again = false;
      await this.#look();
      await this.#due();
    }
  }

  async #look() {
    let look;
    try {
      look = await this.#read();
    } catch (problem) {
      this.#failures += 1;
      this.#account = null; // whoever answers next may be another server
      this.told.gone(problem);
      return;
    }
    this.#failures = 0;
    this.told.shown(look);
  }

  async #read() {
    const state = await ask("state");
    const fresh = state.account !== this.#account || state.calls < this.#seen;
    const seen = fresh ? 0 : this.#seen;
    const first = Math.max(seen, state.calls - this.most);
    // The server may have forgotten some of them.
    const { calls, next } =
      state.calls > seen ? await ask(`calls?after=${first}`) : { calls: [], next: first };
    this.#account = state.account;
    this.#seen = next;
    return { state, calls, first: next - calls.length, fresh };
  }

  async #due() {
    const pause = Math.min(PAUSE * 2 ** Math.max(0, this.#failures - 1), LONGEST_PAUSE);
    let waited = false;
    setTimeout(() => {
      waited = true;
      this.#wake();
    }, pause);
    while (!this.#again && !(waited && !document.hidden && !this.#paused)) {
      await new Promise((wake) => {
        this.#wake = wake;
      });
    }
  }
}
