//! No box meets another, whatever is in the tree.

use proptest::prelude::*;

use super::*;

fn cell() -> impl Strategy<Value = Cell> {
    let kinds = [Kind::Subject, Kind::Access, Kind::Policy, Kind::Danger, Kind::More];
    let one = move || {
        (0..kinds.len(), 0_usize..6, any::<bool>()).prop_map(move |(kind, lines, is_headed)| Cell {
            kind: kinds[kind],
            lines: vec![Line::of("words"); lines],
            title: String::new(),
            heading: is_headed.then_some("a part"),
            children: Vec::new(),
        })
    };
    one().prop_recursive(4, 40, 5, move |inner| {
        (one(), proptest::collection::vec(inner, 0..5))
            .prop_map(|(cell, children)| Cell { children, ..cell })
    })
}

/// The box with its heading: left, top, right, bottom.
fn area(it: &Placed<'_>) -> (u32, u32, u32, u32) {
    let heading = if it.cell.heading.is_some() { HEADING } else { 0 };
    (it.x, it.y - heading, it.x + it.cell.width(), it.y + it.cell.height())
}

proptest! {
    #[test]
    fn no_two_boxes_meet(trees in proptest::collection::vec(cell(), 0..4)) {
        let scene = lay(&trees, MARGIN, 90);
        for (at, one) in scene.boxes.iter().enumerate() {
            let own = area(one);
            prop_assert!(own.0 >= MARGIN && own.1 >= 90 - HEADING, "{own:?}");
            prop_assert!(own.2 + MARGIN <= scene.size.0 && own.3 + MARGIN <= scene.size.1);
            for other in scene.boxes.iter().skip(at + 1) {
                let other = area(other);
                let apart = own.2 <= other.0 || other.2 <= own.0 || own.3 <= other.1 || other.3 <= own.1;
                prop_assert!(apart, "{own:?} {other:?}");
            }
            if let Some(parent) = one.parent {
                let parent = &scene.boxes[parent];
                prop_assert!(parent.x + parent.cell.width() < one.x, "children are to the right");
            }
        }
    }
}
