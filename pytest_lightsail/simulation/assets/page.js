// Connects the view to the server: shows the state of the account, and performs the actions of buttons.

import { ask, Refusal, Watch } from "./server.js";
import * as view from "./view.js";

const MOST_CALLS = 200;
const MOST_WAITING = 20; // the maximum number of actions that wait for the server
const $ = (id) => document.getElementById(id);

let services = new Map();
let chosen = null;
let lastLook = null;
let done = ""; // the actions since the last update
let speedBefore = 60; // before time was paused

const watch = new Watch(MOST_CALLS, {
  shown(look) {
    lastLook = new Date();
    view.showGone("");
    view.showClock(look.state.clock);
    view.showToCome(look.state.toCome);
    view.showCalls(look, MOST_CALLS);
    showServices(view.servicesOf(look.state));
  },
  gone(problem) {
    const why = problem instanceof Refusal || problem.message?.startsWith("status") ? ` (${problem.message})` : "";
    const since = lastLook ? ` The page shows the state at ${lastLook.toLocaleTimeString()}.` : "";
    view.showGone(`The server does not respond${why}.${since} This page keeps trying.`);
  },
});

function showServices(now) {
  const before = services.get(chosen)?.service.state;
  services = now;
  if (!services.has(chosen)) {
    chosen = services.keys().next().value ?? null;
  } else if (services.get(chosen).service.state !== before) {
    const { name, service } = services.get(chosen);
    view.say(`${done} ${name} is ${service.state}.`.trim());
  }
  done = "";
  show();
}

function show() {
  view.showServices(services, chosen, (key) => {
    chosen = key;
    show();
  });
  view.showService(services.get(chosen), services);
}

let last = Promise.resolve();
let waiting = 0;

/** Perform an action after all earlier ones. */
function perform(path, body, success) {
  if (waiting >= MOST_WAITING) {
    view.say("Not done: the server has not yet responded to earlier actions.");
    return;
  }
  waiting += 1;
  last = last.then(async () => {
    try {
      await ask(path, body);
      done = success;
      view.say(done);
    } catch (problem) {
      const why = problem instanceof Refusal ? problem.message : "the server does not respond";
      view.say(`Not done: ${why}.`);
    }
    waiting -= 1;
    watch.now();
  });
}

const advance = (seconds) =>
  perform("clock", { advance: seconds }, `The clock was advanced by ${seconds} s.`);

function prepare(name) {
  const times = JSON.parse($("times").value);
  const calls = $("times").selectedOptions[0].textContent;
  perform("play", [{ fault: { name, times } }], `Prepared: ${name} for ${calls}.`);
}

function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => advance(Number(button.dataset.advance)));
}
for (const button of document.querySelectorAll("[data-fault]")) {
  button.addEventListener("click", () => prepare(button.dataset.fault));
}
$("next").addEventListener("click", () =>
  perform("clock", { advance: "next" }, "The clock was advanced to the next change."),
);
onSubmit($("set-speed"), () => {
  const speed = $("speed").valueAsNumber;
  perform("clock", { speed }, `Time runs at ${speed} virtual seconds per real second.`);
});
$("pause-time").addEventListener("click", () => {
  if ($("pause-time").getAttribute("aria-pressed") === "true") {
    perform("clock", { speed: speedBefore }, `Time runs at ${speedBefore} virtual seconds per real second.`);
  } else {
    speedBefore = $("speed").valueAsNumber;
    perform("clock", { speed: 0 }, "Time is paused, but calls and buttons still advance it.");
  }
});
onSubmit($("advance"), () => advance($("seconds").valueAsNumber));
$("calm").addEventListener("click", () => perform("calm", {}, "Everything that was prepared has been removed."));
$("reset").addEventListener("click", () => perform("reset", {}, "The account has been reset."));
$("pause").addEventListener("click", () => {
  const paused = $("pause").getAttribute("aria-pressed") !== "true";
  $("pause").setAttribute("aria-pressed", String(paused));
  watch.paused = paused;
});

watch.run();
