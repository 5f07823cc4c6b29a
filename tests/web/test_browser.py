"""The whole daily work in a browser, from the first log-in on; and every page is fit for everybody."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from qbferry.app import build
from qbferry.config import Settings
from qbferry.demo.script import first_act
from qbferry.desk import people
from qbferry.desk.people import Role
from qbferry.simulator import CompanyFile, WebConnector
from qbferry.stage import Stage

from .conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.app import Application

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")), reason="there is no Chromium here"
)

SCREENSHOTS = os.environ.get("QBFERRY_TEST_SCREENSHOTS")
"""The folder for pictures of the pages; none are kept without it."""


@dataclass
class Browser:
    """Chromium, and what a person does with it."""

    driver: webdriver.Chrome
    url: str

    def go(self, path: str) -> None:
        """Type an address."""
        self.driver.get(self.url + path)

    def text(self) -> str:
        """What can be read in the page's middle."""
        script = "const main = document.querySelector('main'); return main ? main.innerText : ''"
        return " ".join(str(self.driver.execute_script(script)).split())

    def click(self, text: str) -> None:
        """Click the button or link that is called so."""
        found = self.driver.find_elements(
            By.XPATH, f"//*[self::button or self::a or self::summary][contains(., '{text}')]"
        )
        [first, *_] = [one for one in found if one.is_displayed()]
        first.click()

    def fill(self, label: str, text: str) -> None:
        """Fill in the field with a label, as it is read out."""
        place = self.driver.find_element(By.XPATH, f"//label[normalize-space()='{label}']").get_attribute(
            "for"
        )
        field = self.driver.find_element(By.ID, str(place))
        if field.tag_name == "select":
            Select(field).select_by_visible_text(text)
            return
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(text)

    def until(self, text: str) -> None:
        """Wait for something to be read."""
        try:
            WebDriverWait(self.driver, 30).until(lambda _: text in self.text())
        except TimeoutException:
            pytest.fail(f"{text!r} is not in: {self.text()}")

    def picture(self, name: str) -> None:
        """Keep a picture of the page."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(SCREENSHOTS, f"{name}.png")))

    def problems(self) -> list[str]:
        """What axe-core finds wrong with the page, of WCAG 2.1 A and AA and of good practice."""
        found = Axe().run(self.driver)
        return [
            f"{self.driver.current_url}: {one['help']}: {[node['html'] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    def complaints(self) -> list[str]:
        """What the browser itself complains of."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return build(Settings.model_construct(database_url=f"sqlite:///{tmp_path / 'q.sqlite3'}"))


@pytest.fixture
def browser(driver: webdriver.Chrome, app: Application) -> Iterator[Browser]:
    with Stage(app) as stage:
        parts = urlsplit(stage.url)
        driver.delete_all_cookies()
        yield Browser(driver, f"{parts.scheme}://{parts.netloc}")
        driver.get("about:blank")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[CompanyFile]:
    with closing(CompanyFile.open(tmp_path / "company.sqlite3")) as company:
        yield company


def log_in(browser: Browser, app: Application) -> None:
    with app.database.write() as tx:
        people.add(tx, "Ann", Role.ADMINISTRATOR, PASSWORD)
    browser.go("/login")
    browser.fill("Name", "Ann")
    browser.fill("Password", PASSWORD + Keys.ENTER)
    browser.until("Welcome")


def set_up(browser: Browser) -> str:
    """The first connector; its password."""
    browser.click("Set up the first connector")
    browser.fill("Name", "office")
    browser.click("Make it")
    browser.until("It is not shown again")
    return browser.driver.find_element(By.CLASS_NAME, "secret").text


def bring_in(browser: Browser, entity: str, file: Path) -> None:
    browser.go("/import")
    browser.fill("Records", entity)
    browser.fill("A file: one JSON object a line, or a table, CSV or Excel", str(file))
    browser.click("See what it would do")
    browser.until("nothing was changed yet")
    browser.click("Import it")
    browser.until("Done.")


def test_the_whole_daily_work(
    browser: Browser, app: Application, company: CompanyFile, tmp_path: Path, invoice: Callable[..., Any]
) -> None:
    browser.go("/")
    assert "qbferry user add NAME" in browser.text()
    log_in(browser, app)
    password = set_up(browser)
    browser.picture("connector")

    def run() -> None:
        WebConnector(f"{browser.url}/qbwc", "qbferry-office", password, company, noop_wait=0).run()

    file = tmp_path / "october.jsonl"
    file.write_text("\n".join(json.dumps(invoice(f"INV-{number}")) for number in range(1, 31)))
    bring_in(browser, "Invoices", file)
    browser.click("Invoices")
    browser.until("30 found")
    browser.driver.find_element(By.CSS_SELECTOR, "input[data-all]").click()
    browser.click("Set Selected as Ready to Transfer to QuickBooks")
    browser.until("Invoices set ready: 25.")
    browser.picture("invoices")
    browser.driver.find_element(By.ID, "everything").click()
    browser.click("Set Selected as Ready to Transfer to QuickBooks")
    browser.until("Invoices set ready: 5. Others: 25.")

    # A run is watched as it goes.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    browser.go("/runs")
    browser.click("1")
    browser.until("Transferred 30")
    browser.picture("run")

    # A failure is read, its name mapped, and it goes.
    [sheet] = [part.document for part in first_act() if part.document["id"] == "TS-14"]
    file.write_text(json.dumps(sheet))
    bring_in(browser, "Timesheets", file)
    browser.click("Timesheets")
    browser.click("⋯")
    browser.click("Set as Ready to Transfer to QuickBooks")
    browser.until("Timesheets set ready: 1.")
    run()
    browser.go("/")
    browser.until("1 timesheet:")
    assert "Hall, Zoe" in browser.text()
    browser.picture("overview")
    browser.click("Map names")
    browser.until("Hall, Zoe")
    field = browser.driver.find_element(By.NAME, "entry")
    with app.database.read() as tx:
        field.send_keys(f"Employee | {tx.lists.names(1, 'Employee')[0]}")
    browser.picture("mappings")
    field.send_keys(Keys.ENTER)
    browser.until("in QuickBooks from now on")
    run()
    browser.go("/records/timesheet")
    assert "● Transferred" in browser.text()

    # What is in QuickBooks goes again only with a warning.
    browser.go("/records/invoice?number=INV-7")
    browser.click("⋯")
    browser.click("Set as Ready to Transfer to QuickBooks")
    browser.until("This makes duplicates in QuickBooks: 1")
    browser.picture("confirm")
    browser.click("Leave everything as it is")
    browser.until("1 found")
    browser.click("INV-7")
    browser.until("Transfer history")
    browser.click("What was sent")
    assert "InvoiceAdd" in browser.text()
    browser.picture("record")

    # Goods arrive for an order, and another is canceled.
    [order] = [part.document for part in first_act() if part.document["id"] == "PO-201"]
    file.write_text(json.dumps(order) + "\n" + json.dumps(order | {"id": "PO-9"}))
    bring_in(browser, "Purchase orders", file)
    browser.go("/records/purchase_order")
    browser.driver.find_element(By.CSS_SELECTOR, "input[data-all]").click()
    browser.click("Set Selected as Ready to Transfer to QuickBooks")
    browser.until("Purchase orders set ready: 2.")
    run()
    browser.go("/records/purchase_order/PO-201")
    browser.fill("Line", "1")
    browser.fill("How many arrived now", "1")
    browser.picture("order")
    browser.click("Receive goods")
    browser.until("Receive goods: done")
    browser.go("/records/purchase_order/PO-9")
    browser.click("Cancel the order")
    browser.until("Cancel the order: done")
    run()
    browser.go("/records/purchase_order/PO-201")
    browser.until("● Transferred")
    browser.go("/records/purchase_order/PO-9")
    browser.until("○ Not Transferred")
    assert len(company.transactions("ItemReceipt")) == 1
    assert [row["deleted"] for row in company.transactions("PurchaseOrder")].count(True) == 1
    assert browser.complaints() == []


def test_a_run_that_goes_on_is_seen_to_go(
    browser: Browser, app: Application, company: CompanyFile, tmp_path: Path, invoice: Callable[..., Any]
) -> None:
    log_in(browser, app)
    password = set_up(browser)
    file = tmp_path / "october.jsonl"
    file.write_text("\n".join(json.dumps(invoice(f"INV-{number}")) for number in range(60)))
    browser.go("/import")
    browser.fill("A file: one JSON object a line, or a table, CSV or Excel", str(file))
    browser.driver.find_element(By.NAME, "ready").click()
    browser.click("See what it would do")
    browser.until("Set ready 60")
    browser.click("Import it")
    browser.until("Done.")
    going, looked = threading.Event(), threading.Event()

    def hear(call: Any) -> None:
        answered = call.operation == "receiveResponseXML" and call.result.isdecimal()
        if answered and not going.is_set() and 0 < int(call.result) < 100:
            going.set()
            looked.wait(60)

    connector = WebConnector(
        f"{browser.url}/qbwc", "qbferry-office", password, company, noop_wait=0, watch=hear
    )
    thread = threading.Thread(target=connector.run)
    thread.start()
    assert going.wait(60)
    browser.go("/runs/1")
    seen = browser.text()
    looked.set()
    browser.until("Transferred 60")
    thread.join()
    assert "It goes on" in seen
    assert re.search(r"\d+ of 60", seen)


PAGES = (
    "/",
    "/records/invoice",
    "/records/invoice/INV-1",
    "/batches",
    "/history",
    "/runs",
    "/runs/1",
    "/alerts",
    "/import",
    "/mappings",
    "/connectors",
    "/connectors/office",
    "/new-connector",
    "/plugins",
    "/plugins/expenses",
)


def test_every_page_is_fit_for_everybody_on_any_screen_in_light_and_dark(
    browser: Browser, app: Application, company: CompanyFile, tmp_path: Path, invoice: Callable[..., Any]
) -> None:
    browser.go("/login")
    assert browser.problems() == []
    log_in(browser, app)
    assert browser.problems() == []
    password = set_up(browser)
    assert browser.problems() == []
    file = tmp_path / "october.jsonl"
    documents = [invoice("INV-1", batch="B1"), invoice("INV-2", organization="Nobody"), invoice("INV-3")]
    file.write_text("\n".join(map(json.dumps, documents)))
    browser.go("/import")
    browser.fill("A file: one JSON object a line, or a table, CSV or Excel", str(file))
    browser.driver.find_element(By.NAME, "ready").click()
    browser.click("See what it would do")
    browser.until("Import it")
    browser.click("Import it")
    browser.until("Done.")
    WebConnector(f"{browser.url}/qbwc", "qbferry-office", password, company, noop_wait=0).run()
    problems: list[str] = []
    for theme in ("light", "dark"):
        browser.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        )
        for path in PAGES:
            browser.go(path)
            for closed in browser.driver.find_elements(By.CSS_SELECTOR, "details:not(.menu) > summary"):
                closed.click()
            problems += browser.problems()
    assert problems == []
    browser.driver.set_window_size(390, 800)
    for path in PAGES:
        browser.go(path)
        wide = browser.driver.execute_script(
            "return document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0, path
    browser.picture("phone")
    browser.driver.set_window_size(1280, 900)


def test_times_are_in_the_browsers_zone_with_its_name(browser: Browser, app: Application) -> None:
    log_in(browser, app)
    set_up(browser)
    browser.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/Denver"})
    with app.database.write() as tx:
        row = tx.connectors.named("office", lock=True)
        row.last_seen_at = row.created_at.replace(year=2026, month=7, day=1, hour=18, minute=5)
        tx.connectors.save(row)
    browser.go("/connectors")
    assert re.search(r"Jul 1, 2026, 12:05.PM MDT", browser.text())


def test_keys_are_enough(browser: Browser, app: Application) -> None:
    log_in(browser, app)
    body = browser.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "To the content"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Set up the first connector"
