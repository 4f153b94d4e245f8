//! Stories in real browsers: Chromium at a desk, WebKit (the iPhone's engine) on a phone.
//!
//! Things are found as a person finds them, by the words on the screen. Every wait has a condition
//! and a limit that only a broken page reaches. Each story starts a product and a browser of its
//! own.

mod accessibility;
mod account;
mod agreement;
mod driver;
mod journey;
mod live;
mod pages;
mod passkeys;
mod project;
mod twice;
mod walk;
mod without_script;
mod world;

use std::time::{Duration, Instant};

use fantoccini::{
    Client, Locator,
    actions::{InputSource as _, MouseActions, PointerAction},
    elements::Element,
    error::CmdError,
    wd::WebDriverCompatibleCommand,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{OWNER, PASSWORD, TestApp};
use driver::{Driver, Engine};

/// For what a page does by itself; far more than it takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const PHONE: (u32, u32) = (390, 844);
const TABLET: (u32, u32) = (820, 1180);
const DESK: (u32, u32) = (1440, 900);

/// Tries until it works; panics with the last reason when the limit is reached.
async fn within<T>(
    limit: Duration,
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(why) if begun.elapsed() > limit => panic!("waited for {what}: {why}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// A person's browser, looking at one product.
pub struct Browser {
    client: Client,
    base: String,
    engine: Engine,
    _driver: Driver,
}

impl Browser {
    async fn start(app: &TestApp, engine: Engine, size: (u32, u32)) -> Self {
        let driver = Driver::start(engine);
        let browser = Self {
            client: driver.connect().await,
            base: app.app.config.server.public_url.clone(),
            engine,
            _driver: driver,
        };
        browser.resize(size).await;
        browser
    }

    pub async fn at_a_desk(app: &TestApp) -> Self {
        Self::start(app, Engine::Chromium, DESK).await
    }

    pub async fn on_a_phone(app: &TestApp) -> Self {
        Self::start(app, Engine::WebKit, PHONE).await
    }

    /// Makes the page, not the window, this large.
    async fn resize(&self, (width, height): (u32, u32)) {
        if self.engine == Engine::Chromium {
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            self.devtools("Emulation.setDeviceMetricsOverride", metrics)
                .await;
            return;
        }
        self.client.set_window_size(width, height).await.unwrap();
        let tool_bar = self.run("return outerHeight - innerHeight").await;
        let tool_bar = u32::try_from(tool_bar.as_u64().unwrap()).unwrap();
        self.client
            .set_window_size(width, height + tool_bar)
            .await
            .unwrap();
        assert_eq!(self.run("return innerWidth").await, json!(width));
    }

    /// Goes to a page, and waits until it is another than before: WebKit's driver may come back
    /// while the old one still stands, and what is typed there is lost.
    pub async fn open(&self, path: &str) {
        self.run("window.wasLeft = true").await;
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .unwrap();
        within(PATIENCE, path, async || {
            let script = "return window.wasLeft !== true && document.readyState === 'complete'";
            let told = self
                .client
                .execute(script, Vec::new())
                .await
                .map_err(said)?;
            (told == json!(true))
                .then_some(())
                .ok_or("it is not there yet".to_owned())
        })
        .await;
    }

    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Opens a page while signed out, and comes back to it through the sign-in page.
    pub async fn sign_in_to(&self, path: &str) {
        self.sign_in_as(OWNER, path).await;
    }

    pub async fn sign_in_as(&self, email: &str, path: &str) {
        self.open(path).await;
        self.fill("Email", email).await;
        self.fill("Password", PASSWORD).await;
        self.press("Sign in").await;
        let wanted = path.split('?').next().unwrap();
        within(PATIENCE, "the page asked for", async || {
            let now = self.path().await;
            let here = self.shown("main").await?;
            let told = here.prop("innerText").await.map_err(said)?;
            let at = format!("at {now}: {}", told.unwrap_or_default());
            (now == wanted).then_some(()).ok_or(at)
        })
        .await;
    }

    /// Presses the button, or what looks like one.
    pub async fn press(&self, words: &str) {
        self.click(&button(words)).await;
    }

    /// Presses the button whose words begin like this.
    pub async fn press_beginning(&self, words: &str) {
        self.click(&format!(
            "//button[starts-with(normalize-space(), \"{words}\")]"
        ))
        .await;
    }

    /// Presses a button of the dialog of this title.
    pub async fn press_in(&self, dialog: &str, words: &str) {
        let dialog = format!("//dialog[.//h2[normalize-space()=\"{dialog}\"]]");
        self.click(&format!("{dialog}//button[normalize-space()=\"{words}\"]"))
            .await;
    }

    pub async fn follow(&self, words: &str) {
        // Beside its words a link may have a count of what waits there.
        let words = format!("normalize-space()=\"{words}\"");
        self.click(&format!("//a[{words} or span[{words}]]")).await;
    }

    /// Opens the first row of the list, and tells its title.
    pub async fn open_first_row(&self) -> String {
        let link = "tbody th[scope=row] a";
        let title = self.read(link).await;
        self.click(link).await;
        title
    }

    /// Types into the field of this label. WebKit's driver loses keys while a page takes the focus
    /// elsewhere, as a person sees and types again.
    pub async fn fill(&self, label: &str, text: &str) {
        within(PATIENCE, label, async || {
            let field = self.shown(&field(label)).await?;
            field.clear().await.map_err(said)?;
            field.send_keys(text).await.map_err(said)?;
            let typed = field.prop("value").await.map_err(said)?;
            (typed.as_deref() == Some(text))
                .then_some(())
                .ok_or("it holds something else".to_owned())
        })
        .await;
    }

    /// Sets a date as the browser's own picker would: how one types it differs by engine and
    /// country.
    pub async fn pick_date(&self, label: &str, day: &str) {
        let field = self.find(&field(label)).await;
        let script = "arguments[0].value = arguments[1]";
        let field = serde_json::to_value(field).unwrap();
        self.client
            .execute(script, vec![field, json!(day)])
            .await
            .unwrap();
    }

    pub async fn select(&self, label: &str, option: &str) {
        let list = self.find(&field(label)).await;
        let option = format!(".//option[normalize-space()=\"{option}\"]");
        list.select_by(Locator::XPath(&option)).await.unwrap();
    }

    /// Chooses among radio buttons; what the choice says, with its amount.
    pub async fn choose(&self, words: &str) -> String {
        let choice = format!("//label[span[normalize-space()=\"{words}\"]]");
        self.click(&choice).await;
        self.read(&choice).await
    }

    /// Waits until the words are on the screen.
    pub async fn see(&self, words: &str) {
        self.find(&text(words)).await;
    }

    /// What the first such element says.
    pub async fn read(&self, css: &str) -> String {
        self.read_once(css, |_| true).await
    }

    /// Waits until what the element says is so; what it says then.
    pub async fn read_once(&self, css: &str, is_so: impl Fn(&str) -> bool) -> String {
        within(PATIENCE, css, async || {
            let element = self.shown(css).await?;
            let text = element.prop("innerText").await.map_err(said)?;
            text.filter(|text| is_so(text))
                .ok_or("it says something else".to_owned())
        })
        .await
    }

    /// An attribute of the first such element, shown or not.
    pub async fn attribute(&self, css: &str, name: &str) -> String {
        let element = self.client.find(Locator::Css(css)).await.unwrap();
        element.attr(name).await.unwrap().unwrap()
    }

    async fn click(&self, place: &str) {
        within(PATIENCE, place, async || {
            let element = self.shown(place).await?;
            element.click().await.map_err(said)
        })
        .await;
    }

    /// Presses the mouse twice as quickly as the browser lets it.
    pub async fn double_click(&self, words: &str) {
        let target = self.find(&button(words)).await;
        let button = fantoccini::actions::MOUSE_BUTTON_LEFT;
        let (down, up) = (PointerAction::Down { button }, PointerAction::Up { button });
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement {
                element: target,
                duration: None,
                x: 0.0,
                y: 0.0,
            })
            .then(down.clone())
            .then(up.clone())
            .then(down)
            .then(up);
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Waits for the first such element on the screen.
    async fn find(&self, place: &str) -> Element {
        within(PATIENCE, place, async || self.shown(place).await).await
    }

    /// The first element of this XPath or CSS that is on the screen. The drivers' own answer to
    /// "is it displayed?" is wrong about cut text in WebKit, so the browser itself is asked.
    async fn shown(&self, place: &str) -> Result<Element, String> {
        let found = self
            .client
            .execute(FIRST_SHOWN, vec![json!(place)])
            .await
            .map_err(said)?;
        match found.get(ELEMENT_KEY).and_then(Value::as_str) {
            Some(id) => Ok(Element::from_element_id(
                self.client.clone(),
                id.to_owned().into(),
            )),
            None => Err(format!(
                "the page says: {}",
                found.as_str().unwrap_or_default()
            )),
        }
    }

    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Gives Chromium a command of its own protocol.
    async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let own = Own {
            path: "goog/cdp/execute",
            body,
        };
        self.client.issue_cmd(own).await.unwrap()
    }

    /// What Chromium complained about since the last look: errors of scripts, refused parts.
    async fn complaints(&self) -> Vec<String> {
        let own = Own {
            path: "se/log",
            body: json!({ "type": "browser" }),
        };
        let lines = self.client.issue_cmd(own).await.unwrap();
        let lines = lines.as_array().unwrap().iter();
        let severe = lines.filter(|line| line["level"] == "SEVERE");
        severe.map(|line| line["message"].to_string()).collect()
    }
}

/// The shown element, brought into view, else where the page is and what it says.
const FIRST_SHOWN: &str = r"
const byPath = (path) => {
    const found = document.evaluate(path, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
    return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at));
};
const [place] = arguments;
const found = place.startsWith('/') ? byPath(place) : [...document.querySelectorAll(place)];
const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const first = found.find(isShown);
first?.scrollIntoView({ block: 'center', behavior: 'instant' });
return first ?? `${location}: ${document.body.innerText}`;
";

/// By this name WebDriver says that something is an element.
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

fn button(words: &str) -> String {
    format!(
        "//button[normalize-space()=\"{words}\"] | //a[normalize-space()=\"{words}\"][@role='button' \
         or contains(@class, 'button')]"
    )
}

fn field(label: &str) -> String {
    format!("//*[@id = //label[normalize-space()=\"{label}\"]/@for]")
}

fn text(words: &str) -> String {
    format!("//body//*[text()[contains(normalize-space(), \"{words}\")]]")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives the error away"
)]
fn said(error: CmdError) -> String {
    error.to_string()
}

/// A command of one driver alone.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
