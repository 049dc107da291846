//! A graph that is ready to run: rows of numbers in, a number per label out.
//!
//! What a graph wants is read from the graph: the names of its inputs and how wide their integers are.
//! The embedded runtime may panic on a graph that was made for other numbers, at a place that no panic can
//! leave, so that the process would end without a word; [`running`] lets whoever handles panics say what ran.

use super::manifest::Input;
use super::onnx::OnnxError;
use super::pool::{Failure, Runs};
use super::reader::Rows;
use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, Tensor, TensorElementType, ValueType};
use std::borrow::Cow;
use std::cell::RefCell;

/// What an input is fed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Food {
    /// Features or tokens.
    Ids,
    /// 1 for every token, 0 for what is filled up.
    Mask,
    /// Which part of the text a token belongs to.
    Types,
}

#[derive(Debug)]
struct Feed {
    name: String,
    food: Food,
    /// int64 and not int32.
    is_wide: bool,
}

/// A graph, ready to run; one batch at a time.
#[derive(Debug)]
pub(super) struct Graph {
    name: String,
    session: Session,
    feeds: Vec<Feed>,
    output: String,
    /// Numbers that it must give for a row.
    labels: usize,
}

impl Graph {
    /// A graph of which the inputs and the output are known, and that must give `labels` numbers for a row.
    pub(super) fn new(session: Session, input: &Input, labels: usize) -> Result<Self, OnnxError> {
        let name = input.graph();
        let refuse = |why| OnnxError::Graph { graph: name.to_owned(), why };
        let feeds = feeds(session.inputs(), input).map_err(refuse)?;
        let output = output(session.outputs(), input).map_err(refuse)?;
        Ok(Self { name: name.to_owned(), session, feeds, output, labels })
    }

    fn numbers(&mut self, rows: &Rows) -> Result<Vec<f32>, Failure> {
        let (count, labels) = (rows.count(), self.labels);
        let work = |error: ort::Error| Failure::Work(error.to_string());
        let mut inputs = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            let values = match feed.food {
                Food::Ids => Cow::Borrowed(&rows.ids),
                Food::Types => Cow::Borrowed(&rows.types),
                Food::Mask => Cow::Owned(rows.mask()),
            };
            let tensor = tensor(&values, count, feed.is_wide).map_err(work)?;
            inputs.push((Cow::Borrowed(feed.name.as_str()), tensor));
        }
        let outputs = self.session.run(inputs).map_err(work)?;
        let odd = Failure::Numbers;
        let output = outputs.get(&self.output).ok_or_else(|| odd("gives nothing".to_owned()))?;
        let (shape, values) =
            output.try_extract_tensor::<f32>().map_err(|error| odd(error.to_string()))?;
        if **shape != [count as i64, labels as i64] {
            let (output, shape) = (&self.output, &**shape);
            return Err(odd(format!(
                "`{output}` has the shape {shape:?}, expected [{count}, {labels}]: a row per window, a number per label"
            )));
        }
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(odd(format!("gives {value}; its weights are broken"))),
            None => Ok(values.to_vec()),
        }
    }
}

impl Runs for Graph {
    fn run(&mut self, rows: &Rows) -> Result<Vec<f32>, Failure> {
        if rows.count() == 0 {
            return Ok(Vec::new());
        }
        let name = format!("{}:", self.name);
        during(&name, || self.numbers(rows))
    }

    fn has_mask(&self) -> bool {
        self.feeds.iter().any(|feed| feed.food == Food::Mask)
    }
}

fn tensor(values: &[i32], count: usize, is_wide: bool) -> ort::Result<SessionInputValue<'static>> {
    let shape = [count, values.len() / count.max(1)];
    Ok(match is_wide {
        true => {
            let wide: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
            Tensor::from_array((shape, wide))?.into()
        }
        false => Tensor::from_array((shape, values.to_vec()))?.into(),
    })
}

/// What each input of a graph is fed with.
fn feeds(inputs: &[Outlet], input: &Input) -> Result<Vec<Feed>, String> {
    if let Input::Words(_) = input {
        let [only] = inputs else { return Err(format!("has {} inputs, expected 1", inputs.len())) };
        return Ok(vec![feed(only, Food::Ids)?]);
    }
    let feeds: Vec<Feed> = inputs
        .iter()
        .map(|input| {
            let food = food(input.name())?;
            check_free(input)?;
            feed(input, food)
        })
        .collect::<Result<_, String>>()?;
    match feeds.iter().any(|feed| feed.food == Food::Ids) {
        true => Ok(feeds),
        false => Err("has no input `input_ids`".to_owned()),
    }
}

fn food(name: &str) -> Result<Food, String> {
    match name {
        "input_ids" => Ok(Food::Ids),
        "attention_mask" => Ok(Food::Mask),
        "token_type_ids" => Ok(Food::Types),
        other => Err(format!(
            "wants the input `{other}`, expected `input_ids` and perhaps `attention_mask` and `token_type_ids`"
        )),
    }
}

/// Windows are as long as their text and run one by one: a graph that was exported for one length would
/// need filling up.
fn check_free(input: &Outlet) -> Result<(), String> {
    let ValueType::Tensor { shape, .. } = input.dtype() else { return Ok(()) };
    if matches!(**shape, [-1 | 1, -1]) {
        return Ok(());
    }
    Err(format!(
        "its input `{}` has the shape {:?}, expected [batch, tokens], both free (-1): export it with dynamic axes",
        input.name(),
        &**shape
    ))
}

fn feed(input: &Outlet, food: Food) -> Result<Feed, String> {
    let name = input.name().to_owned();
    let ValueType::Tensor { ty, .. } = input.dtype() else {
        return Err(format!("its input `{name}` is no tensor"));
    };
    let is_wide = match ty {
        TensorElementType::Int64 => true,
        TensorElementType::Int32 => false,
        other => return Err(format!("its input `{name}` is {other}, expected int64 or int32")),
    };
    Ok(Feed { name, food, is_wide })
}

/// The output to read: the one that is named, else the first.
fn output(outputs: &[Outlet], input: &Input) -> Result<String, String> {
    let wanted = match input {
        Input::Words(_) => None,
        Input::Tokens(tokens) => tokens.output.as_deref(),
    };
    let found = outputs.iter().find(|output| wanted.is_none_or(|name| output.name() == name));
    found.map(|output| output.name().to_owned()).ok_or_else(|| {
        let names: Vec<&str> = outputs.iter().map(Outlet::name).collect();
        format!("has no output `{}`; it has {}", wanted.unwrap_or("at all"), names.join(", "))
    })
}

thread_local! {
    static RUNNING: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What the runtime does on this thread at the moment, for whoever handles a panic of it.
#[must_use]
pub fn running() -> Option<String> {
    RUNNING.with(|running| running.try_borrow().ok().and_then(|what| what.clone()))
}

/// Calls the runtime, known as `what` meanwhile; what called this already is the better name.
pub(super) fn during<T>(what: &str, call: impl FnOnce() -> T) -> T {
    let is_first = RUNNING.with_borrow_mut(|running| match running {
        Some(_) => false,
        None => {
            *running = Some(what.to_owned());
            true
        }
    });
    let done = call();
    if is_first {
        RUNNING.set(None);
    }
    done
}
