// A browser that a test tells what to do: each line of the input is one command, as JSON, and each line of
// the output is what it gave.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const [executablePath] = process.argv.slice(2);
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TIMEOUT = 8_000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Its profile is a new and empty folder each time.
const browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
const complaints = [];
const requests = [];
const open = new Set();
const FENCE = "icon.svg?fence";

async function newTab({ frozen }) {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(TIMEOUT);
  tab.on("console", (said) => complaints.push(`${said.type()}: ${said.text()}`));
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  tab.on("request", (request) => {
    if (request.resourceType() === "fetch") {
      open.add(request);
    }
    if (!request.url().endsWith(FENCE)) {
      requests.push(request.url());
    }
  });
  for (const end of ["requestfinished", "requestfailed"]) {
    tab.on(end, (request) => open.delete(request));
  }
  if (frozen) {
    await tab.clock.install();
    await tab.clock.pauseAt(Date.now() + 1000);
  }
  return tab;
}

const moving = await newTab({ frozen: false });
const frozen = await newTab({ frozen: true });
let page = frozen;
let letGo;

const byName = ([role, name]) => page.getByRole(role, { name, exact: true });

/** What the page has asked before this is known after it. */
const fence = () => page.evaluate((path) => fetch(path).then((answer) => answer.text(), () => null), FENCE);

const commands = {
  /** Open a page whose timers wait for `tick`, unless its clock is to be the machine's. */
  async open([url, { width = 1280, scheme = "light", real_time: realTime = false }]) {
    page = realTime ? moving : frozen;
    await commands.resize([width, scheme]);
    await page.goto(url);
  },
  /** Leave it. What was said and asked is forgotten. */
  async leave() {
    await page.goto("about:blank");
    complaints.length = requests.length = 0;
  },
  click: (which) => byName(which).click(),
  select: ([name, value]) => page.getByLabel(name, { exact: true }).selectOption(value),
  fill: ([name, value]) => page.getByLabel(name, { exact: true }).fill(value),
  press: ([key]) => page.keyboard.press(key),
  text: ([selector]) => page.locator(selector).textContent(),
  texts: ([selector]) => page.locator(selector).allTextContents(),
  sees: ([selector, hasText]) => page.locator(selector, { hasText }).first().waitFor(),
  lacks: ([selector, hasText]) => page.locator(selector, { hasText }).first().waitFor({ state: "hidden" }),
  evaluate: ([expression]) => page.evaluate(expression),
  tick: ([milliseconds]) => page.clock.runFor(milliseconds),
  /** Let every request be answered that has been made by now, and the page hear of it. */
  async quiet() {
    await fence();
    while (open.size) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await page.evaluate("0");
  },
  async resize([width, colorScheme]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
  },
  media: ([media]) => page.emulateMedia({ media }),
  screenshot: ([path]) => page.screenshot({ path, fullPage: true }),
  complaints: () => complaints.splice(0),
  async requests() {
    await fence();
    return requests.splice(0);
  },
  /** Let requests of a path wait for their answer until they are let go. */
  async hold([path]) {
    const free = new Promise((resolve) => (letGo = resolve));
    await page.route(`**/${path}`, async (route) => {
      await free;
      await route.continue();
    });
  },
  async letGo() {
    letGo();
    await page.unrouteAll({ behavior: "wait" });
  },
  async axe() {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
  },
};

const late = () =>
  new Promise((_, fail) => setTimeout(() => fail(new Error("the browser does not answer")), 2 * TIMEOUT).unref());

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await Promise.race([commands[name](given), late()])) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
