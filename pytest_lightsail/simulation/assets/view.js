// The contents of the page. Data from the account is inserted as text, never as HTML.

const $ = (id) => document.getElementById(id);

function element(name, given = {}, ...inside) {
  const made = document.createElement(name);
  Object.assign(made, given);
  made.append(...inside);
  return made;
}

function setText(where, text) {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

/** Show a code, with possible line breaks after its underscores. */
function setCode(where, code) {
  if (where.textContent !== code) {
    const parts = code.split(/(?<=_)/);
    where.replaceChildren(...parts.flatMap((part, index) => (index ? [element("wbr"), part] : part)));
  }
}

/** Return a number of seconds as text, such as "2 min 0.1 s". */
export function duration(seconds) {
  const tenths = Math.round(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [`${whole % 60}.${tenths % 10}`, "s"],
  ];
  return parts.flatMap(([number, unit]) => (number ? `${number} ${unit}` : [])).join(" ");
}

const instant = (text) => text.replace("T", " ").replace(/(\.\d+)?(\+00:00|Z)$/, " UTC");

const svg = document.querySelector(".state-diagram");
const states = new Map([...svg.querySelectorAll("[data-state]")].map((one) => [one.dataset.state, one]));
const edges = [...svg.querySelectorAll("[data-edge]")];
const [absent] = states.keys(); // the first state of the lifecycle
const isMoving = (state) => states.get(state)?.classList.contains("moving") ?? false;
const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

/** Return all services. Their keys contain Region and name. */
export function servicesOf(state) {
  return new Map(
    Object.entries(state.regions).flatMap(([region, services]) =>
      Object.entries(services).map(([name, about]) => [`${region}/${name}`, { region, name, ...about }]),
    ),
  );
}

export function showClock({ elapsed, now, next, speed }) {
  setText($("next"), next === null ? "No change is due" : `Next change in ${duration(next) || "0 s"}`);
  $("next").disabled = next === null;
  $("set-speed").hidden = speed === null;
  if (document.activeElement !== $("speed")) {
    $("speed").value = speed ?? "";
  }
  $("pause-time").setAttribute("aria-pressed", String(speed === 0));
  setText($("elapsed"), duration(elapsed));
  setText($("now"), instant(now));
  $("now").dateTime = now;
}

const cards = new Map();

/** Show a card for each service. Existing cards keep their place and the focus. */
export function showServices(services, chosen, choose) {
  for (const [key, card] of cards) {
    if (!services.has(key)) {
      card.label.remove();
      cards.delete(key);
    }
  }
  for (const [key, { region, name, service }] of services) {
    if (!cards.has(key)) {
      cards.set(key, makeCard(name, () => choose(key)));
      $("services").append(cards.get(key).label);
    }
    const card = cards.get(key);
    card.input.checked = key === chosen;
    setText(card.state, service.state);
    card.state.className = isMoving(service.state) ? "chip moving" : "chip";
    setCode(card.detail, service.stateDetail?.code ?? "");
    setText(card.more, [versions(service), region].filter(Boolean).join(" · "));
  }
  $("services").hidden = !services.size;
  $("no-services").hidden = services.size > 0;
}

function makeCard(name, choose) {
  const input = element("input", { type: "radio", name: "service" });
  input.addEventListener("change", choose);
  const state = element("span");
  const detail = element("span", { className: "detail" });
  const more = element("span", { className: "more" });
  const title = element("span", { className: "name" }, name);
  const label = element("label", { className: "service" }, input, title, state, detail, more);
  return { input, state, detail, more, label };
}

function versions({ currentDeployment: current, nextDeployment: next }) {
  return [current && `version ${current.version}`, next && `version ${next.version} to come`]
    .filter(Boolean)
    .join(", ");
}

/** Show one service: its state on the diagram and its deployments. */
export function showService(chosen, services) {
  const state = chosen?.service.state ?? absent;
  const detail = chosen?.service.stateDetail;
  setText($("service-title"), chosen ? `${chosen.name} on its state diagram` : "State diagram");
  const said = chosen ? [state, detail?.code, detail?.message].filter(Boolean).join(" · ") : "No service to show.";
  setText($("service-state"), said);
  showDiagram(state, chosen, services);
  $("facts").hidden = !chosen;
  if (chosen) {
    showFacts(chosen);
  }
}

function showDiagram(state, chosen, services) {
  const counts = new Map();
  for (const { service } of services.values()) {
    counts.set(service.state, (counts.get(service.state) ?? 0) + 1);
  }
  for (const [name, box] of states) {
    const here = name === state;
    const count = counts.get(name) ?? 0;
    const others = count > 1 ? `now, ${count - 1} more` : "now";
    box.classList.toggle("current", here);
    setText(box.querySelector(".note"), here ? (chosen ? others : "") : count ? plural(count, "service") : "");
  }
  const next = edges.filter((edge) => edge.dataset.from === state);
  for (const edge of edges) {
    edge.classList.toggle("possible", next.includes(edge));
  }
  const ways = next.map((edge) => edge.querySelector(".trigger").textContent + " to " + edge.dataset.to);
  const label = `${chosen ? chosen.name : "A service"} is ${state}. From there: ${ways.join(", ")}.`;
  if (svg.getAttribute("aria-label") !== label) {
    svg.setAttribute("aria-label", label);
    bringIntoView(states.get(state));
  }
}

/** Scroll the diagram so that a state is in the middle. */
function bringIntoView(box) {
  const frame = $("diagram");
  const middle = (side) => side.left + side.width / 2;
  frame.scrollLeft += middle(box.getBoundingClientRect()) - middle(frame.getBoundingClientRect());
}

let factsShown = "";

function showFacts(chosen) {
  const shown = JSON.stringify(chosen);
  if (shown === factsShown) {
    return;
  }
  factsShown = shown;
  const { service, deployments, region } = chosen;
  const facts = {
    Region: region,
    Size: `${service.scale} × ${service.power}`,
    URL: service.url,
    Disabled: service.isDisabled ? "yes" : "no",
  };
  $("about").replaceChildren(
    ...Object.entries(facts).flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, String(text))]),
  );
  $("deployment-rows").replaceChildren(...deployments.map((deployment) => deploymentRow(deployment, service)));
  $("deployments").hidden = !deployments.length;
  $("no-deployments").hidden = deployments.length > 0;
}

function deploymentRow({ version, state, containers, createdAt }, service) {
  const marks = [
    version === service.currentDeployment?.version && "current",
    version === service.nextDeployment?.version && "next",
  ].filter(Boolean);
  const images = Object.entries(containers).map(([name, { image }]) => element("div", {}, `${name}: ${image}`));
  return element(
    "tr",
    {},
    element("td", {}, String(version)),
    element("td", {}, state, ...marks.flatMap((mark) => [" ", element("span", { className: "mark" }, mark)])),
    element("td", { className: "code" }, ...images),
    element("td", {}, instant(new Date(createdAt * 1000).toISOString())),
  );
}

/** Add new calls, the latest on top. */
export function showCalls({ state: { forgotten }, calls, first, fresh }, most) {
  const rows = $("call-rows");
  if (fresh) {
    rows.replaceChildren();
  }
  if (calls.length && first > Number(rows.dataset.until ?? 0)) {
    rows.replaceChildren(); // some calls between the shown and the new ones are missing
  }
  rows.prepend(...calls.map(callRow).reverse());
  while (rows.rows.length > most) {
    rows.deleteRow(-1);
  }
  rows.dataset.until = first + calls.length;
  const count = first + calls.length;
  $("calls").hidden = !count;
  const shown = rows.rows.length;
  const all = count > shown ? `The latest ${shown} of ${plural(count, "call")}` : plural(count, "call");
  const gone = forgotten ? ` The server has forgotten the first ${forgotten}.` : "";
  setText($("calls-count"), count ? `${all}, the latest on top.${gone}` : "No call yet.");
}

function callRow({ at, operation, service, status, error, message, rule, fault, parameters, region }) {
  // On narrow screens, CSS changes the display of cells, so they need their role.
  const cell = (...inside) => element("td", { role: "cell" }, ...inside);
  const outcome = cell();
  const result = error === null ? "ok" : status === null ? `no response: ${error}` : `${error} (${status})`;
  outcome.append(element("span", { className: error === null ? "" : "failed" }, result));
  if (fault !== null) {
    outcome.append(" ", element("span", { className: "mark injected" }, `injected: ${fault}`));
  }
  for (const line of [message, rule && `rule ${rule}`].filter(Boolean)) {
    outcome.append(element("div", { className: "quiet" }, line));
  }
  const given = element("pre", {}, JSON.stringify(parameters, null, 1));
  const more = element("details", {}, element("summary", {}, plural(Object.keys(parameters).length, "parameter")), given);
  return element(
    "tr",
    { role: "row" },
    cell(duration(at)),
    cell(element("span", { className: "code" }, operation || "no operation"), more),
    cell(service ?? "", element("div", { className: "quiet" }, region)),
    outcome,
  );
}

let toComeShown = "[]";

export function showToCome(texts) {
  const shown = JSON.stringify(texts);
  if (shown !== toComeShown) {
    toComeShown = shown;
    $("to-come").replaceChildren(...texts.map((text) => element("li", {}, text)));
    $("nothing-to-come").hidden = texts.length > 0;
  }
}

/** Show a message, which screen readers also read out. */
export const say = (text) => setText($("said"), text);

export function showGone(text) {
  setText($("gone"), text);
  $("gone").hidden = !text;
}
