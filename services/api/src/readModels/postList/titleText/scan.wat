;; Which titles have a text: 16 bytes are looked at in one step.
;;
;; Made into scan.wasm by: npx wat2wasm services/api/src/readModels/postList/titleText/scan.wat -o the same path.wasm
(module
  (memory (export "memory") 1 16384) ;; at most 1 GiB

  ;; Titles lie one behind the other from $text on, each ended by a zero byte; $starts has the place of each in the text, as
  ;; u32, and that of the end. For each of the titles $from to $to - 1 that has the needle, which is not empty, its byte in
  ;; $marks is set: the first byte is that of $from. May read 16 bytes and the needle's length behind the text.
  (func (export "scan")
    (param $needle i32) (param $length i32) (param $text i32) (param $starts i32) (param $marks i32)
    (param $from i32) (param $to i32)
    (result i32) ;; how many
    (local $at i32) (local $stop i32) (local $hit i32) (local $next i32)
    (local $title i32) (local $mask i32) (local $index i32) (local $tail i32) (local $found i32)
    (local $first v128) (local $last v128)
    (local.set $title (local.get $from))
    (local.set $tail (i32.sub (local.get $length) (i32.const 1)))
    (local.set $first (i8x16.splat (i32.load8_u (local.get $needle))))
    (local.set $last (i8x16.splat (i32.load8_u (i32.add (local.get $needle) (local.get $tail)))))
    (local.set $at (i32.add (local.get $text)
      (i32.load (i32.add (local.get $starts) (i32.shl (local.get $from) (i32.const 2))))))
    (local.set $stop (i32.add (local.get $text)
      (i32.load (i32.add (local.get $starts) (i32.shl (local.get $to) (i32.const 2))))))
    (block $end
      (loop $chunk
        (br_if $end (i32.ge_u (local.get $at) (local.get $stop)))
        ;; A bit for each place where the first byte is the needle's first, and the one that far behind it its last.
        (local.set $mask (i8x16.bitmask (v128.and
          (i8x16.eq (v128.load align=1 (local.get $at)) (local.get $first))
          (i8x16.eq (v128.load align=1 (i32.add (local.get $at) (local.get $tail))) (local.get $last)))))
        (block $searched
          (loop $candidate
            (br_if $searched (i32.eqz (local.get $mask)))
            (local.set $hit (i32.add (local.get $at) (i32.ctz (local.get $mask))))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1)))) ;; without it
            (br_if $end (i32.ge_u (local.get $hit) (local.get $stop)))
            (local.set $index (i32.const 1))
            (block $equal
              (loop $compare
                (br_if $equal (i32.ge_s (local.get $index) (local.get $tail)))
                (br_if $candidate (i32.ne
                  (i32.load8_u (i32.add (local.get $hit) (local.get $index)))
                  (i32.load8_u (i32.add (local.get $needle) (local.get $index)))))
                (local.set $index (i32.add (local.get $index) (i32.const 1)))
                (br $compare)))
            (block $reached
              (loop $behind
                (local.set $next (i32.add (local.get $text)
                  (i32.load offset=4 (i32.add (local.get $starts) (i32.shl (local.get $title) (i32.const 2))))))
                (br_if $reached (i32.gt_u (local.get $next) (local.get $hit)))
                (local.set $title (i32.add (local.get $title) (i32.const 1)))
                (br $behind)))
            (i32.store8
              (i32.add (local.get $marks) (i32.sub (local.get $title) (local.get $from)))
              (i32.const 1))
            (local.set $found (i32.add (local.get $found) (i32.const 1)))
            (local.set $at (local.get $next)) ;; one hit is enough
            (br $chunk)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $chunk)))
    (local.get $found)))
