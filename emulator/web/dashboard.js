"use strict";
// The page only reads, by GET and one stream of events; what changes the world is a POST behind a button.
// Everything that came from outside becomes a text node: no markup is ever made of it.

const API = "/_redrive/api/";
const EVENTS_KEPT = 2000;
const EVENTS_SHOWN = 250;
const STATE_AT_LEAST_EVERY_MS = 1000;
const STATE_AT_MOST_EVERY_MS = 150;
const $ = id => document.getElementById(id);

const KINDS = {
  "sent": "blue", "duplicate": "warn", "delay ended": "", "received": "violet", "visibility changed": "", "visible again": "warn",
  "deleted": "good", "dead-lettered": "bad", "moved": "blue", "expired": "bad", "purged": "warn", "queue deleted": "warn",
  "overtook": "bad", "overtaken": "bad", "batched": "", "verdict": "", "filtered": "", "invoked": "violet",
  "invocation ended": "", "fault": "bad", "output": "", "throttled": "warn", "abandoned": "bad", "mapping": "",
};
const FUNCTION_KINDS = ["batched", "invoked", "invocation ended", "throttled", "fault", "output"]; // other is the function
const GONE = ["deleted", "expired", "purged", "queue deleted", "filtered"];

// ---- elements ----

function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === "class") element.className = value;
    else if (key === "click") element.addEventListener("click", value);
    else if (value !== undefined) element.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== "") element.append(child);
  }
  return element;
}

const link = (key, text, click, extra) => h("button", {type: "button", class: "text", "data-key": key, click, ...extra}, text);

// Puts new children in place; what had the keyboard keeps it.
const shown = new Map();
function show(container, content, build) {
  const digest = JSON.stringify(content);
  if (shown.get(container) === digest) return;
  shown.set(container, digest);
  const active = document.activeElement;
  const key = container.contains(active) ? active.dataset.key : undefined;
  container.replaceChildren(...[build(content)].flat());
  if (key === undefined) return;
  const again = [...container.querySelectorAll("[data-key]")].find(element => element.dataset.key === key);
  if (again) again.focus({preventScroll: true});
}

function empty(sentence, ...commands) {
  return h("div", {class: "empty"}, sentence, commands.map(command => h("code", {}, command)));
}

// ---- words ----

const counted = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
const clockTime = instant => instant.slice(11, 23);

function duration(ms) {
  if (ms < 1000) return `${ms} ms`;
  const parts = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];
  const words = [];
  for (const [unit, word] of parts) {
    const count = Math.floor(ms / unit);
    ms -= count * unit;
    if (count > 0 && words.length < 2) words.push(`${count} ${word}`);
  }
  return words.join(" ");
}

const ENDPOINT = location.port === "4566" ? "" : ` --endpoint ${location.origin}`;

// ---- asking ----

async function get(path) {
  const answer = await fetch(API + path, {cache: "no-store"});
  const tree = await answer.json();
  if (!answer.ok) throw new Error(tree.message || `status ${answer.status}`);
  return tree;
}

async function post(path, command) {
  const answer = await fetch(API + path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(command)});
  const tree = await answer.json();
  if (!answer.ok) throw new Error(tree.message || `status ${answer.status}`);
  return tree;
}

// ---- the world ----

const world = {queues: [], mappings: [], functions: [], clock: null};

function showClock(clock) {
  $("now").textContent = clockTime(clock.now);
  $("now").dateTime = clock.now;
  $("date").textContent = clock.now.slice(0, 10);
  let sentence = clock.quiet ? "Nothing prevents quiet." : `Not quiet: ${clock.obstacle}.`;
  if (clock.nextMotiveMs) sentence += ` Next: in ${duration(Math.max(0, clock.nextMotiveMs - clock.nowMs))}.`;
  else if (clock.quiet) sentence = "Idle: nothing is left that happens by itself.";
  if ($("obstacle").textContent !== sentence) $("obstacle").textContent = sentence;
  for (const button of $("modes").children)
    button.setAttribute("aria-pressed", String(button.dataset.mode === clock.mode));
}

function count(number, word, tone) {
  return h("span", {class: number === 0 ? "zero" : tone || ""}, h("b", {class: "number"}, number.toLocaleString("en")), word);
}

function markQueue(name) {
  const row = [...$("queues").querySelectorAll("[data-queue]")].find(element => element.dataset.queue === name);
  if (!row) return;
  row.scrollIntoView({block: "nearest"});
  row.querySelector("button").focus();
  row.classList.add("marked");
  setTimeout(() => row.classList.remove("marked"), 1500);
}

const placeOf = (queue, queues) =>
  queues.some(other => other.region !== queue.region || other.account !== queue.account) ? ` ${queue.account} ${queue.region}` : "";

function queueDetail(queue, sources) {
  const parts = [`visibility ${duration(queue.visibilityTimeout * 1000)}`];
  if (queue.delaySeconds > 0) parts.push(`delay ${duration(queue.delaySeconds * 1000)}`);
  if (queue.fifo) parts.unshift("FIFO");
  const detail = h("div", {class: "detail"}, parts.join(" · "));
  const jump = name => link(`${queue.arn} to ${name}`, name, () => markQueue(name));
  if (queue.deadLetterQueue)
    detail.append(` · after ${counted(queue.maxReceiveCount, "receive")} to `, jump(queue.deadLetterQueue));
  else if (sources.length === 0)
    detail.append(" · no dead-letter queue");
  sources.forEach((name, index) => detail.append(index === 0 ? " · dead-letter queue of " : ", ", jump(name)));
  return detail;
}

function showQueues(queues) {
  if (queues.length === 0)
    return empty("No queue yet. Create one with any SDK, or with", `aws --endpoint-url ${location.origin} sqs create-queue --queue-name orders`,
      "redrive serve --config FILE");
  return h("ul", {class: "cards"}, queues.map(queue => {
    const sources = queues.filter(other => other.deadLetterQueue === queue.name && other.region === queue.region
      && other.account === queue.account).map(other => other.name);
    return h("li", {"data-queue": queue.name},
      h("div", {class: "row"},
        h("span", {}, link(queue.arn, queue.name, () => openQueue(queue.name), {class: "text name", title: "look at its messages"}),
          h("span", {class: "detail"}, placeOf(queue, queues))),
        h("span", {class: "counts"}, count(queue.visible, "visible", sources.length > 0 ? "bad" : ""),
          count(queue.inFlight, "in flight"), count(queue.delayed, "delayed"))),
      queueDetail(queue, sources));
  }));
}

function showMappings(mappings) {
  if (mappings.length === 0)
    return empty("No mapping yet: it is what hands a queue's messages to a function. Create one with",
      `aws --endpoint-url ${location.origin} lambda create-event-source-mapping --function-name orders --event-source-arn ARN `
      + "--function-response-types ReportBatchItemFailures");
  return h("ul", {class: "cards"}, mappings.map(mapping => {
    const parts = [`batch of ${mapping.batchSize}`];
    if (mapping.batchingWindow > 0) parts.push(`window ${duration(mapping.batchingWindow * 1000)}`);
    parts.push(mapping.reportBatchItemFailures ? "reports failures" : "does not report failures");
    if (mapping.maximumConcurrency) parts.push(`at most ${counted(mapping.maximumConcurrency, "invocation")} at once`);
    return h("li", {},
      h("div", {class: "row"},
        h("span", {class: "name"}, link(mapping.uuid, mapping.queue, () => markQueue(mapping.queue), {class: "text name"}), ` → ${mapping.function}`),
        h("span", {class: mapping.state === "Enabled" ? "pill good" : "pill warn"}, mapping.state)),
      h("div", {class: "detail"}, parts.join(" · ")));
  }));
}

function showFunctions(functions) {
  if (functions.length === 0)
    return empty("No function yet. Name one when redrive starts:", "redrive serve --function orders=http://127.0.0.1:9000/");
  return h("ul", {class: "cards"}, functions.map(item => {
    const limit = item.reservedConcurrency === undefined ? "" : ` of ${item.reservedConcurrency}`;
    return h("li", {},
      h("div", {class: "row"}, h("span", {class: "name"}, item.name),
        h("span", {class: "counts"}, count(item.running, `running${limit}`))),
      h("div", {class: "detail"}, h("code", {}, item.target), ` · timeout ${duration(item.timeout * 1000)} · ${item.memorySize} MB`));
  }));
}

async function refresh() {
  const [queues, mappings, functions] = await Promise.all(["queues", "mappings", "functions"].map(get));
  // Alone: a request that is being answered prevents quiet, and this page's own must not be what is told.
  const clock = await get("clock");
  Object.assign(world, {queues: queues.queues, mappings: mappings.mappings, functions: functions.functions, clock});
  showClock(clock);
  show($("queues"), world.queues, showQueues);
  show($("mappings"), world.mappings, showMappings);
  show($("functions"), world.functions, showFunctions);
}

// One look at a time: at once after an event, and every second for the clock's sake.
let lookTimer = null;
let looking = false;
let lookAgain = false;

async function look() {
  clearTimeout(lookTimer);
  looking = true;
  lookAgain = false;
  try {
    await refresh();
    $("trouble").hidden = true;
  } catch (error) {
    $("trouble").textContent = `redrive does not answer (${error.message}). This page tries again.`;
    $("trouble").hidden = false;
  }
  looking = false;
  if (!document.hidden) lookTimer = setTimeout(look, lookAgain ? STATE_AT_MOST_EVERY_MS : STATE_AT_LEAST_EVERY_MS);
}

function lookSoon() {
  if (looking || lookAgain) {
    lookAgain = true;
    return;
  }
  lookAgain = true;
  clearTimeout(lookTimer);
  lookTimer = setTimeout(look, STATE_AT_MOST_EVERY_MS);
}

// ---- commands ----

const STOPS = {
  arrived: "Done", limit: "Stopped at its limit", horizon: "Stopped at the horizon", livelock: "Stopped: a queue turns in circles",
};

async function command(button, body, doing) {
  const said = $("said");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  said.className = "";
  said.textContent = `${doing} ...`;
  try {
    const answer = await post("clock", body);
    const stop = STOPS[answer.stopped];
    said.textContent = !stop ? "" : answer.reason ? `${stop}: ${answer.reason}.` : `${stop}: it is ${clockTime(answer.now)}.`;
    if (answer.stopped === "livelock" || answer.stopped === "horizon") said.className = "bad";
  } catch (error) {
    said.textContent = error.message;
    said.className = "bad";
  }
  button.disabled = false;
  button.removeAttribute("aria-busy");
  look();
}

$("advance").addEventListener("click", event => command(event.currentTarget, {advance: "30s"}, "Advancing 30 s"));
$("run").addEventListener("click", event => command(event.currentTarget, {run: "idle"}, "Running until idle"));
for (const button of $("modes").children)
  button.addEventListener("click", () => command(button, {mode: button.dataset.mode}, `The clock becomes ${button.dataset.mode}`));

// ---- events ----

const events = [];
let received = 0;
let paused = false;
let drawn = false;
let last = null; // id of the last event, to go on from there

function pointWords(point, inStory) {
  const parts = [];
  if (point.receiveCount && ["received", "dead-lettered"].includes(point.kind)) parts.push(`receive ${point.receiveCount}`);
  if (point.kind === "dead-lettered" || point.kind === "moved") parts.push(`to ${point.other}`);
  else if (point.other && FUNCTION_KINDS.includes(point.kind) && !(point.reason || "").includes(point.other)) parts.push(point.other);
  if (point.until && ["received", "visibility changed", "sent", "throttled"].includes(point.kind))
    parts.push(`${point.kind === "sent" ? "delayed" : "hidden"} until ${clockTime(point.until)}`);
  if (point.reason) parts.push(point.reason);
  if (point.groupId && inStory && point.kind === "sent") parts.push(`group ${point.groupId}`);
  if (point.actor === "client" && inStory) parts.push("by a client");
  return parts.join(" · ");
}

function eventRow(point) {
  if (point.note) return h("li", {}, h("time", {}, ""), h("span", {class: "kind warn"}, "note"), h("span", {class: "what"}, point.note));
  return h("li", {},
    h("time", {title: point.at}, clockTime(point.at)),
    h("span", {class: `kind ${KINDS[point.kind] || ""}`}, point.kind),
    h("span", {class: "what"}, point.queue ? h("span", {}, point.queue) : null,
      point.messageId ? link(`event ${point.number}`, point.messageId.slice(0, 8), () => openMessage(point.messageId),
        {title: "the story of this message", "aria-label": `the story of message ${point.messageId}`}) : null,
      h("span", {class: "faint"}, pointWords(point, false)), point.output ? h("code", {}, point.output.slice(0, 400)) : null));
}

function admits(point, words, kind) {
  if (point.note) return true;
  if (kind && point.kind !== kind) return false;
  return words.length === 0 || words.every(word => JSON.stringify(point).toLowerCase().includes(word));
}

function showEvents() {
  drawn = true;
  if (paused) return;
  const words = $("filter").value.toLowerCase().split(/\s+/).filter(word => word !== "");
  const kind = $("kind").value;
  const rows = [];
  for (let index = events.length - 1; index >= 0 && rows.length < EVENTS_SHOWN; index--)
    if (admits(events[index], words, kind)) rows.push(events[index]);
  $("events-count").textContent = received === 0 ? "" : `${received.toLocaleString("en")} seen`;
  const content = {rows: rows.map(point => point.note || point.number), any: events.length > 0, epoch};
  show($("events"), content, () => {
    if (events.length === 0)
      return empty("Nothing has happened yet. Send a message with", `redrive send orders '{"orderId":1}'${ENDPOINT}`);
    if (rows.length === 0) return empty("No event among the last ones is like this.");
    return h("ul", {class: "cards log"}, rows.map(eventRow));
  });
}

function drawSoon() {
  if (!drawn) return;
  drawn = false;
  requestAnimationFrame(showEvents);
}

let epoch = 0;
function keep(point) {
  events.push(point);
  if (events.length > EVENTS_KEPT) events.splice(0, events.length - EVENTS_KEPT);
  drawSoon();
}

let source = null;
let retryTimer = null;

function tellLink(text, tone) {
  $("link").textContent = text;
  $("link").className = `pill ${tone}`;
}

function listen() {
  clearTimeout(retryTimer);
  if (source || document.hidden) return;
  const stream = new EventSource(`${API}events?after=${last === null ? startAfter : last}`);
  source = stream;
  stream.onopen = () => tellLink("live", "good");
  stream.onmessage = event => {
    last = event.lastEventId;
    received++;
    const point = JSON.parse(event.data);
    keep(point);
    lookSoon();
    if (story && story.id === point.messageId) storySoon();
  };
  stream.addEventListener("gap", event => {
    last = event.lastEventId;
    keep({note: `${counted(JSON.parse(event.data).lost, "event")} came too fast or too long ago, and were overwritten in the ring`});
  });
  stream.addEventListener("reset", () => {
    last = "-1";
    epoch++;
    events.length = 0;
    received = 0;
    drawSoon();
    lookSoon();
  });
  stream.addEventListener("end", () => tellLink("redrive has ended", "bad"));
  stream.onerror = () => {
    tellLink("not connected", "bad");
    if (stream.readyState !== EventSource.CLOSED) return;
    source = null;
    retryTimer = setTimeout(listen, 3000);
  };
}

let startAfter = -1;
async function begin() {
  for (const kind of Object.keys(KINDS)) $("kind").append(h("option", {value: kind}, kind));
  showEvents();
  try {
    const health = await get("health");
    $("version").textContent = health.version;
    startAfter = Math.max(health.trace.overwritten, health.trace.points - EVENTS_KEPT) - 1;
  } catch {
    startAfter = -1; // look() tells of it
  }
  await look();
  listen();
}

$("filter").addEventListener("input", drawSoon);
$("kind").addEventListener("change", drawSoon);
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").textContent = paused ? "Paused" : "Pause";
  showEvents();
});
// A page that nobody sees holds no stream: browsers allow few to one host.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    if (source) source.close();
    source = null;
    return;
  }
  look();
  listen();
});

// ---- the story of a message, and what is in a queue ----

let story = null;
let storyTimer = null;

function openDialog(title) {
  $("story-title").textContent = title;
  if (!$("story").open) $("story").showModal();
}

function storySoon() {
  clearTimeout(storyTimer);
  storyTimer = setTimeout(() => story && tellStory(story.id), 200);
}

function sayTrouble(error) {
  $("story-body").replaceChildren(h("p", {class: "why bad"}, error.message));
}

// Where it is now: the name of its queue, or null if it is gone.
function placeNow(points) {
  let place = null;
  for (const point of points) {
    if (["sent", "received", "visible again", "delay ended"].includes(point.kind)) place = point.queue;
    else if (point.kind === "dead-lettered" || point.kind === "moved") place = point.other;
    else if (GONE.includes(point.kind)) place = null;
  }
  return place;
}

function whySentences(points, place, present) {
  const of = kind => points.filter(point => point.kind === kind);
  const lastOf = kind => of(kind).at(-1);
  const receives = of("received").length;
  const verdict = lastOf("verdict");
  const dead = lastOf("dead-lettered");
  const sentences = [];
  let tone = "";
  if (present) {
    const until = present.phase === "visible" ? "" : ` until ${clockTime(present.availableAt)}`;
    sentences.push(`It is in ${place}, ${present.phase}${until}, and was received ${counted(present.receiveCount, "time")}.`);
  } else if (place) {
    sentences.push(`It is in ${place}.`);
  } else if (points.length > 0) {
    const end = points.filter(point => GONE.includes(point.kind)).at(-1);
    if (end) {
      sentences.push(`It is gone: ${end.kind} at ${clockTime(end.at)}${end.reason ? `, ${end.reason}` : ""}.`);
      tone = end.kind === "deleted" ? "good" : "bad";
    }
  }
  if (dead) {
    sentences.push(`It left ${dead.queue} for ${dead.other}: ${dead.reason}.`);
    tone = tone || "bad";
  }
  if (verdict && verdict.reason) sentences.push(`The last verdict of ${verdict.other || "its function"}: ${verdict.reason}.`);
  else if (present && present.phase === "in flight") sentences.push("Whoever received it has not deleted it yet.");
  if (receives > 1) {
    sentences.push(`It was delivered ${counted(receives, "time")}; between them its lease ended without a deletion.`);
    tone = tone || "warn";
  }
  return {sentences, tone};
}

function pointsList(points) {
  const origin = points[0].atMs;
  return h("ol", {class: "points"}, points.map(point =>
    h("li", {class: point.kind === "received" ? "begins" : ""},
      h("span", {class: "number", title: point.at}, point.atMs === origin ? "0 s" : `+${duration(point.atMs - origin)}`),
      h("div", {}, h("span", {class: `kind ${KINDS[point.kind] || ""}`}, point.kind), " ",
        h("span", {}, pointWords(point, true)), point.output ? h("pre", {}, point.output) : null))));
}

async function tellStory(id) {
  try {
    const {points, more} = await get(`trace/${encodeURIComponent(id)}?max=5000`);
    const place = placeNow(points);
    const peeked = place === null ? null : await get(`messages?max=1000&queue=${encodeURIComponent(place)}`).catch(() => null);
    const present = peeked && peeked.messages.find(message => message.messageId === id);
    if (!story || story.id !== id) return;
    const {sentences, tone} = whySentences(points, place, present);
    show($("story-body"), {id, points: points.length, present, more}, () => [
      h("div", {class: `why ${tone}`}, sentences.length === 0
        ? h("p", {}, "The ring remembers nothing of this message any more; --trace-max gives it more room.")
        : sentences.map(sentence => h("p", {}, sentence))),
      present ? [h("h3", {}, "Body"), h("pre", {}, present.body)] : "",
      present && present.attributes ? [h("h3", {}, "Attributes"), h("pre", {}, Object.entries(present.attributes).map(([name, value]) =>
        `${name} (${value.dataType}): ${value.stringValue ?? value.binaryValue}`).join("\n"))] : "",
      points.length > 0 ? [h("h3", {}, "What happened"), pointsList(points)] : "",
      more ? h("p", {class: "faint"}, "... and more.") : "",
      h("h3", {}, "The rule behind it, and what can be done"), h("pre", {}, `redrive why ${id}${ENDPOINT}`),
    ].flat());
  } catch (error) {
    sayTrouble(error);
  }
}

function openMessage(id) {
  story = {id};
  openDialog(`Message ${id}`);
  shown.delete($("story-body"));
  $("story-body").replaceChildren();
  tellStory(id);
}

async function openQueue(name) {
  story = null;
  openDialog(name);
  shown.delete($("story-body"));
  try {
    const answer = await get(`messages?max=100&queue=${encodeURIComponent(name)}`);
    const hidden = answer.present - answer.messages.length;
    $("story-body").replaceChildren(
      answer.messages.length === 0
        ? empty("The queue is empty. Send a message with", `redrive send ${name} '{"orderId":1}'${ENDPOINT}`)
        : h("ul", {class: "cards"}, answer.messages.map(message => h("li", {},
          h("div", {class: "row"}, link(message.messageId, message.messageId, () => openMessage(message.messageId), {title: "its story"}),
            h("span", {class: "detail"}, `${message.phase}${message.phase === "visible" ? "" : ` until ${clockTime(message.availableAt)}`}`
              + ` · received ${counted(message.receiveCount, "time")}${message.groupId ? ` · group ${message.groupId}` : ""}`)),
          h("pre", {}, message.body.slice(0, 2000))))),
      hidden > 0 ? h("p", {class: "faint"}, `... and ${hidden.toLocaleString("en")} more: redrive peek ${name} --max N${ENDPOINT}`) : "");
  } catch (error) {
    sayTrouble(error);
  }
}

$("close").addEventListener("click", () => $("story").close());
$("story").addEventListener("close", () => { story = null; });
$("story").addEventListener("click", event => { if (event.target === $("story")) $("story").close(); });

begin();
