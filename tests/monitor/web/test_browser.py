"""The pages in a real browser: nothing is blocked, nothing overflows, and they keep themselves current."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from monitor.web.listening import listening
from tests.monitor.web.conftest import copied
from tests.monitor.web.story import ACCOUNT, NEW_WORD, NOW, PAYMENTS, Daemon

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
PATHS = ("/", "/kpis", "/escalations/E7K2", f"/targets/{ACCOUNT}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all of them, and so one event loop: each page has a profile of its own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium here; Debian has it as the package `chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def daemon(tmp_path: Path, told_file: Path) -> AsyncIterator[Daemon]:
    async with copied(told_file, tmp_path) as store:
        yield Daemon(store)


@asynccontextmanager
async def watched(browser: Browser, **options: object) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page, and everything the browser complains of while it is used."""
    page = await browser.new_page(**options)  # type: ignore[arg-type] # because the options are playwright's own
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, complaints
    await page.close()


async def test_the_browser_has_nothing_to_complain_of(chromium: Browser, daemon: Daemon) -> None:
    async with listening(daemon, listen="127.0.0.1:0") as base, watched(chromium) as (page, complaints):
        for path in PATHS:
            await page.goto(base + path)
            await expect(page.locator("#live")).to_contain_text("live")
            assert await page.evaluate("getComputedStyle(document.body).maxWidth") != "none"
        assert complaints == []


async def test_nothing_stands_outside_the_page(chromium: Browser, daemon: Daemon) -> None:
    async with listening(daemon, listen="127.0.0.1:0") as base, watched(chromium) as (page, _):
        for path in PATHS:
            await page.goto(base + path)
            for width in (320, 390, 1280):
                await page.set_viewport_size({"width": width, "height": 800})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_page_keeps_itself_current_and_what_was_opened_open(chromium: Browser, daemon: Daemon) -> None:
    async with listening(daemon, listen="127.0.0.1:0") as base, watched(chromium) as (page, complaints):
        await page.goto(base + f"/targets/{PAYMENTS}")
        await page.locator("#f-1 > summary").click()
        await expect(page.get_by_text("so since 1 h 35 min ago")).to_be_visible()
        daemon.clock.moment = NOW + timedelta(minutes=5)
        await expect(page.get_by_text("so since 1 h 40 min ago")).to_be_visible()
        await expect(page.locator("#f-1")).to_have_attribute("open", "")
        await expect(page.get_by_text(NEW_WORD.message).first).to_be_visible()
        assert complaints == []


async def test_the_page_says_when_the_daemon_is_gone(chromium: Browser, daemon: Daemon) -> None:
    async with watched(chromium) as (page, _):
        async with listening(daemon, listen="127.0.0.1:0") as base:
            await page.goto(base)
        await expect(page.locator("#live")).to_contain_text("driftpager does not answer; as of")
        await expect(page.get_by_text("field Account.Industry is gone").first).to_be_visible()


async def test_without_javascript_the_page_is_whole(chromium: Browser, daemon: Daemon) -> None:
    async with listening(daemon, listen="127.0.0.1:0") as base, watched(chromium, java_script_enabled=False) as (page, _):
        await page.goto(base)
        await expect(page.get_by_text("2 open escalations, the most urgent P1.")).to_be_visible()
        await page.locator("details > summary").first.click()
        await expect(page.get_by_text('"picklist"')).to_be_visible()


async def test_words_stand_out_from_their_ground(chromium: Browser, daemon: Daemon) -> None:
    """At least the 4.5 to 1 that WCAG 2.2 asks for, over every piece of text, by day and by night."""
    async with listening(daemon, listen="127.0.0.1:0") as base, watched(chromium) as (page, _):
        for path in PATHS:
            await page.goto(base + path)
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme=scheme)
                assert await page.evaluate(TOO_FAINT) == []


TOO_FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest(".none, script")) continue;
    const grounds = [];
    for (let e = element; e; e = e.parentElement) grounds.unshift(getComputedStyle(e).backgroundColor);
    const [a, b] = [light(paint(grounds)), light(paint([...grounds, getComputedStyle(element).color]))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${element.className || element.tagName}: ${contrast.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""
