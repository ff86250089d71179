// The page's requests to the server. The page sends one at a time, and none while it is hidden.

const JSON_TYPE = "application/json";
const PATIENCE = 10_000; // milliseconds after which a request fails
const PAUSE = 1_000; // milliseconds between updates
const LONGEST_PAUSE = 8_000; // milliseconds between attempts while the server does not respond

/** The reason why the server refused an action. */
export class Refusal extends Error {}

const ACCOUNT = new URLSearchParams(location.search).get("account"); // an access key id

/** Return the path with the account that the page shows. */
function addressed(path) {
  const and = path.includes("?") ? "&" : "?";
  return ACCOUNT === null ? path : `${path}${and}account=${encodeURIComponent(ACCOUNT)}`;
}

/** Send a GET request, or a POST request if there is a body, and return the JSON of the response. */
export async function ask(path, body) {
  const request = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) {
    Object.assign(request, {
      method: "POST",
      headers: { "Content-Type": JSON_TYPE },
      body: JSON.stringify(body),
    });
  }
  const response = await fetch(addressed(path), request);
  if (!(response.headers.get("Content-Type") ?? "").startsWith(JSON_TYPE)) {
    throw new TypeError(`status ${response.status}`);
  }
  const document = await response.json();
  if (!response.ok) {
    throw new Refusal(document.error);
  }
  return document;
}

/** Reads the state of the account once a second. */
export class Watch {
  #seen = 0;
  #account = null;
  #failures = 0;
  #paused = false;
  #wake = () => {};
  #again = false;

  /**
   * @param {number} most - the maximum number of calls to read
   * @param {{shown: function, gone: function}} told - called after each attempt
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

  /** Read the state now, even if updates are paused. */
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
      this.#account = null; // the next response may come from another server
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
    // The server may have forgotten some of these calls.
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
