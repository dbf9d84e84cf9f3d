// Opens every page of the built book from disk, as a reader without a network would, with
// scripts and without, wide and as wide as a phone. Fails on a request that leaves the disk, on
// an error in the console, and on a page that is wider than its window.
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

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const javaScriptEnabled of [true, false]) {
    for (const width of [1280, 390]) {
        const viewport = { width, height: 900 };
        const context = await browser.newContext({ javaScriptEnabled, viewport });
        const page = await context.newPage();
        let name = "";
        page.on("request", (request) => {
            if (!/^(file|data|blob):/.test(request.url())) {
                problems.add(`${name}: asks for ${request.url()}`);
            }
        });
        page.on("requestfailed", (request) => {
            // What the next page cuts short is not missing.
            const { errorText } = request.failure();
            if (errorText !== "net::ERR_ABORTED") {
                problems.add(`${name}: ${request.url()}: ${errorText}`);
            }
        });
        page.on("pageerror", (error) => problems.add(`${name}: ${error.message}`));
        page.on("console", (message) => {
            if (message.type() === "error") problems.add(`${name}: ${message.text()}`);
        });
        for (name of pages) {
            await page.goto(pathToFileURL(resolve(folder, name)).href);
            // Without scripts nothing can be asked of a page.
            if (javaScriptEnabled) {
                const beyond = await page.evaluate(
                    () => document.documentElement.scrollWidth - window.innerWidth,
                );
                if (beyond > 0) problems.add(`${name}: ${beyond} pixels wider than ${width}`);
                const silent = await page.evaluate(
                    () => document.querySelectorAll("main svg[role=img]:not(:has(> title))").length,
                );
                if (silent > 0) problems.add(`${name}: ${silent} figures without a text`);
            }
        }
        await context.close();
    }
}
await browser.close();

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.size} problems`);
process.exit(problems.size === 0 ? 0 : 1);
