//! The queue before the engine: bounded, first come first served, without those who have left.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What waits for an answer.
pub trait Waiting: Send {
    /// Nobody waits for it any more.
    fn has_left(&self) -> bool;
}

/// A queue for one reader.
pub struct Queue<T> {
    waiting: Mutex<VecDeque<T>>,
    came: Condvar,
    most: usize,
}

impl<T: Waiting> Queue<T> {
    /// Holds at most `most`.
    pub fn new(most: usize) -> Self {
        Self { waiting: Mutex::default(), came: Condvar::new(), most }
    }

    /// Puts one at the end; back comes one that has no room.
    ///
    /// # Errors
    /// The queue is full of others who still wait.
    pub fn push(&self, one: T) -> Result<(), T> {
        let mut waiting = self.lock();
        if waiting.len() >= self.most {
            waiting.retain(|one| !one.has_left());
        }
        if waiting.len() >= self.most {
            return Err(one);
        }
        waiting.push_back(one);
        self.came.notify_one();
        Ok(())
    }

    /// The first that still waits; None: nobody came in time.
    pub fn pop(&self, patience: Duration) -> Option<T> {
        let mut waiting = self.lock();
        waiting.retain(|one| !one.has_left());
        if waiting.is_empty() {
            (waiting, _) = self
                .came
                .wait_timeout_while(waiting, patience, |waiting| waiting.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
        }
        waiting.pop_front()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().iter().filter(|one| !one.has_left()).count()
    }

    /// How many may wait.
    pub fn most(&self) -> usize {
        self.most
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[derive(Debug, Clone)]
    struct Guest(u32, Arc<AtomicBool>);

    impl Waiting for Guest {
        fn has_left(&self) -> bool {
            self.1.load(Ordering::Relaxed)
        }
    }

    fn guest(number: u32) -> Guest {
        Guest(number, Arc::default())
    }

    #[test]
    fn first_come_is_first_served_and_a_full_queue_says_so() {
        let queue = Queue::new(2);
        assert!(queue.push(guest(1)).is_ok() && queue.push(guest(2)).is_ok());
        assert_eq!(queue.push(guest(3)).unwrap_err().0, 3);
        assert_eq!(queue.pop(Duration::ZERO).unwrap().0, 1);
        assert!(queue.push(guest(4)).is_ok());
        assert_eq!(queue.pop(Duration::ZERO).unwrap().0, 2);
        assert_eq!(queue.pop(Duration::ZERO).unwrap().0, 4);
        assert!(queue.pop(Duration::from_millis(1)).is_none());
    }

    #[test]
    fn who_has_left_takes_no_place() {
        let queue = Queue::new(1);
        let first = guest(1);
        assert!(queue.push(first.clone()).is_ok());
        first.1.store(true, Ordering::Relaxed);
        assert_eq!(queue.len(), 0);
        assert!(queue.push(guest(2)).is_ok());
        assert_eq!(queue.pop(Duration::ZERO).unwrap().0, 2);
    }

    #[test]
    fn who_waits_is_woken() {
        let queue: Arc<Queue<Guest>> = Arc::new(Queue::new(1));
        let waiting = Arc::clone(&queue);
        let thread = std::thread::spawn(move || waiting.pop(Duration::from_secs(60)).map(|guest| guest.0));
        assert!(queue.push(guest(5)).is_ok());
        assert_eq!(thread.join().unwrap(), Some(5));
    }
}
