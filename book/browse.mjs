// Opens every page of the built book from disk, as a reader without a network would: wide, as
// wide as a phone, and so without scripts. Searches it, and prints it. Fails on a
// request that leaves the disk, on an error in the console, on a page that is wider than its
// window, on a figure without a text or a caption, on a search that does not find a chapter, and
// on a print that lacks half of the book.
//
//   node book/browse.mjs target/book [path of Chromium]
//
// playwright-core must be installed where Node finds it.

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const [folder, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const { chromium } = createRequire(join(process.cwd(), "package.json"))("playwright-core");

const pages = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".html") && !/^(print|toc|404)\.html$/.test(name))
    .sort();
const problems = new Set();

const url = (name) => pathToFileURL(resolve(folder, name)).href;

/** A page that notes what goes wrong on it, under the name that `current` gives. */
async function watched(context, current) {
    const page = await context.newPage();
    // Several are opened at once, and the machine may be slow.
    page.setDefaultTimeout(120000);
    page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) {
            problems.add(`${current()}: asks for ${request.url()}`);
        }
    });
    page.on("requestfailed", (request) => {
        // What the next page cuts short is not missing.
        const { errorText } = request.failure();
        if (errorText !== "net::ERR_ABORTED") {
            problems.add(`${current()}: ${request.url()}: ${errorText}`);
        }
    });
    page.on("pageerror", (error) => problems.add(`${current()}: ${error.message}`));
    page.on("console", (message) => {
        if (message.type() === "error") problems.add(`${current()}: ${message.text()}`);
    });
    return page;
}

async function openEveryPage(browser, javaScriptEnabled, width) {
    const viewport = { width, height: 900 };
    const context = await browser.newContext({ javaScriptEnabled, viewport });
    let name = "";
    const page = await watched(context, () => name);
    for (name of pages) {
        await page.goto(url(name));
        const [beyond, silent] = await page.evaluate(() => [
            document.documentElement.scrollWidth - window.innerWidth,
            document.querySelectorAll(
                "main figure:not(:has(figcaption)), main svg[role=img]:not(:has(> title))",
            ).length,
        ]);
        if (beyond > 0) problems.add(`${name}: ${beyond} pixels wider than ${width}`);
        if (silent > 0) problems.add(`${name}: ${silent} figures without a text or a caption`);
    }
    await context.close();
}

/** Types a word into the search field, as a reader does, and follows the first result. */
async function search(browser, word, chapter) {
    const context = await browser.newContext();
    const page = await watched(context, () => `search for ${word}`);
    await page.goto(url("index.html"));
    await page.keyboard.press("/");
    const field = page.locator("#mdbook-searchbar");
    await field.waitFor({ state: "visible" });
    await field.pressSequentially(word);
    const results = page.locator("#mdbook-searchresults a");
    try {
        await results.first().waitFor();
        await results.first().click();
        await page.waitForURL((found) => found.pathname.endsWith(chapter));
    } catch {
        problems.add(`a search for ${word} does not lead to ${chapter}, but to ${page.url()}`);
    }
    await context.close();
}

/** Prints the book, of which there must be so many pages. To draw all of them takes a minute and
    more, and tells no more than some at the beginning and some far behind do. */
async function print(browser, pages) {
    const context = await browser.newContext();
    const page = await watched(context, () => "print.html");
    // The page asks for a printer as soon as it is there.
    await page.addInitScript(() => (window.print = () => {}));
    await page.goto(url("print.html"));
    const pageRanges = `1-20, ${pages - 19}-${pages}`;
    const pdf = (await page.pdf({ preferCSSPageSize: true, pageRanges })).toString("latin1");
    const drawn = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    if (drawn !== 40) problems.add(`print.html: fewer than ${pages} pages on paper`);
    await context.close();
}

// Side by side: a page is mostly waited for, and a machine has more than one processor.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
await Promise.all([
    print(browser, 500),
    search(browser, "LayerNorm", "/norm/layer_norm.html"),
    openEveryPage(browser, true, 1280),
    openEveryPage(browser, true, 390),
    openEveryPage(browser, false, 390),
]);
await browser.close();

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.size} problems`);
process.exit(problems.size === 0 ? 0 : 1);
