//! A child process of this program with a deadline and a limit on memory, spoken to in frames.
//!
//! A frame is its length in bytes (32 bits, big-endian) and the bytes.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinHandle;

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for the next frame, in seconds.
    pub seconds: u64,
    /// Most address space, in MiB.
    pub memory_mib: u64,
}

/// A running child.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    output: ChildStdout,
    feed: JoinHandle<()>,
    complaints: JoinHandle<String>,
    limits: Limits,
}

/// Why a child gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It took too long.
    #[error("typesetting did not finish within {seconds} seconds and was stopped")]
    Deadline {
        /// The limit.
        seconds: u64,
    },
    /// It ended on its own.
    #[error("typesetting ended unexpectedly ({status}): {complaint}")]
    Died {
        /// How.
        status: ExitStatus,
        /// The last line it wrote.
        complaint: String,
    },
    /// It could not be started or spoken to.
    #[error("typesetting cannot be started: {0}")]
    Io(#[from] std::io::Error),
    /// It asked for more memory than it may have.
    #[error("typesetting asked for more than {memory_mib} MiB of memory and was stopped")]
    Memory {
        /// The limit.
        memory_mib: u64,
    },
}

/// No frame is longer: a joint copy of many parties is some megabytes.
const MAX_FRAME_BYTES: u32 = 256 * 1024 * 1024;

impl Worker {
    /// Starts `program argument` and hands it the frames.
    ///
    /// # Errors
    /// [`WorkerError::Io`] when it cannot be started.
    pub fn start(
        program: &Path,
        argument: &str,
        frames: Vec<Vec<u8>>,
        limits: Limits,
    ) -> Result<Self, WorkerError> {
        let mut child = Command::new(program)
            .arg(argument)
            .arg(limits.memory_mib.to_string())
            // The allocator would reserve a gibibyte of address space at once, and keep what was let
            // go of in huge pages: a thousand copies are to take no more memory than fifty.
            .env("MIMALLOC_ARENA_RESERVE", "32MiB")
            .env("MIMALLOC_ALLOW_THP", "0")
            .env("MIMALLOC_PURGE_DELAY", "0")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let mut input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let complaints = child.stderr.take().ok_or_else(missing)?;
        let feed = tokio::spawn(async move {
            for frame in frames {
                let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
                // A child that died early says so through its status, not through this pipe.
                if input.write_all(&length.to_be_bytes()).await.is_err()
                    || input.write_all(&frame).await.is_err()
                {
                    return;
                }
            }
        });
        let complaints = tokio::spawn(last_line(complaints));
        Ok(Self {
            child,
            output,
            feed,
            complaints,
            limits,
        })
    }

    /// Returns the next frame, `None` when the child has finished well.
    ///
    /// # Errors
    /// [`WorkerError`] when it takes too long, dies, or asks for too much memory.
    pub async fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WorkerError> {
        let deadline = Duration::from_secs(self.limits.seconds);
        let Ok(read) = tokio::time::timeout(deadline, read_frame(&mut self.output)).await else {
            self.child.kill().await?;
            return Err(WorkerError::Deadline {
                seconds: self.limits.seconds,
            });
        };
        if let Ok(Some(frame)) = read {
            return Ok(Some(frame));
        }
        if read.is_err() {
            // What it writes is no frame: it would wait for a reader for ever.
            self.child.kill().await?;
        }
        let status = self.child.wait().await?;
        self.feed.abort();
        if status.success() {
            return Ok(None);
        }
        let complaint = (&mut self.complaints).await.unwrap_or_default();
        // The words of Rust's allocation error handler.
        if complaint.contains("memory allocation of") || complaint.contains("out of memory") {
            return Err(WorkerError::Memory {
                memory_mib: self.limits.memory_mib,
            });
        }
        Err(WorkerError::Died { status, complaint })
    }
}

/// Returns a whole frame, `None` at the end or in the middle of one.
async fn read_frame(output: &mut ChildStdout) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if output.read_exact(&mut length).await.is_err() {
        return Ok(None);
    }
    let length = u32::from_be_bytes(length);
    if length > MAX_FRAME_BYTES {
        return Err(std::io::Error::other("a frame is too long"));
    }
    let mut frame = Vec::new();
    let read = output
        .take(u64::from(length))
        .read_to_end(&mut frame)
        .await?;
    Ok((u32::try_from(read) == Ok(length)).then_some(frame))
}

/// Reads to the end, keeping the last line that says something.
async fn last_line(mut complaints: ChildStderr) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = complaints.read(&mut buffer).await {
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
        // Only the end is of interest.
        let surplus = bytes.len().saturating_sub(16 * 1024);
        bytes.drain(..surplus);
    }
    let text = String::from_utf8_lossy(&bytes);
    let telling = |line: &&str| !line.trim().is_empty() && !line.contains("RUST_BACKTRACE");
    text.lines()
        .rfind(telling)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Limits this process's address space; called by the child before it reads anything.
///
/// # Errors
/// What the system says.
pub fn limit_memory(memory_mib: u64) -> std::io::Result<()> {
    let bytes = memory_mib.saturating_mul(1024 * 1024);
    rlimit::setrlimit(rlimit::Resource::AS, bytes, bytes)
}
