;; Which texts of a column contain a part: one pass over all of them, 16 bytes at a time. text-column.ts is its only caller;
;; text-scan-module.ts holds this file assembled, which text-column.test.ts does anew and compares.
(module
  (import "column" "memory" (memory 1))

  ;; The texts stand from $from to before $end: 0xff, first text, 0xff, second text, 0xff. No text has a byte 0xff.
  ;; The part has $length bytes from 1, from $part. Of these the ones at $one and $two are looked for in 16 places at once,
  ;; and the rest where both are: they should be rare ones. $one and $two may be the same.
  ;; Sets bit n of the bytes from $bits for text n, from 0. A part that begins with 0xff and ends with it is a whole text.
  (func (export "scan")
      (param $from i32) (param $end i32) (param $part i32) (param $length i32) (param $one i32) (param $two i32)
      (param $bits i32)
    (local $at i32)          ;; of the 16 bytes that are looked at
    (local $texts i32)       ;; marks 0xff before them
    (local $marks i32)       ;; one bit for each of the 16 that is a mark
    (local $hits i32)        ;; one bit for each of the 16 where the part may begin
    (local $hit i32)         ;; the first of these, from 0
    (local $upto i32)        ;; bits of all places up to it
    (local $index i32)       ;; in the part
    (local $text i32)        ;; the number of the text
    (local $byte i32)        ;; of its bit
    (local $first v128)
    (local $second v128)
    (local.set $first (i8x16.splat (i32.load8_u (i32.add (local.get $part) (local.get $one)))))
    (local.set $second (i8x16.splat (i32.load8_u (i32.add (local.get $part) (local.get $two)))))
    (local.set $at (local.get $from))
    (block $done
      (loop $blocks
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $marks (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0xff)))))
        (local.set $hits (i8x16.bitmask (v128.and
          (i8x16.eq (local.get $first) (v128.load (i32.add (local.get $at) (local.get $one))))
          (i8x16.eq (local.get $second) (v128.load (i32.add (local.get $at) (local.get $two)))))))
        (block $no_hits
          (loop $each_hit
            (br_if $no_hits (i32.eqz (local.get $hits)))
            (local.set $hit (i32.ctz (local.get $hits)))
            (local.set $hits (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1))))
            ;; What stands behind the end is no text.
            (br_if $no_hits (i32.ge_u (i32.add (local.get $at) (local.get $hit)) (local.get $end)))
            (local.set $index (i32.const 0))
            (loop $compare
              (br_if $each_hit (i32.ne
                (i32.load8_u (i32.add (i32.add (local.get $at) (local.get $hit)) (local.get $index)))
                (i32.load8_u (i32.add (local.get $part) (local.get $index)))))
              (local.set $index (i32.add (local.get $index) (i32.const 1)))
              (br_if $compare (i32.lt_u (local.get $index) (local.get $length))))
            (local.set $upto (i32.sub (i32.shl (i32.const 2) (local.get $hit)) (i32.const 1)))
            (local.set $text (i32.sub
              (i32.add (local.get $texts) (i32.popcnt (i32.and (local.get $marks) (local.get $upto))))
              (i32.const 1)))
            (local.set $byte (i32.add (local.get $bits) (i32.shr_u (local.get $text) (i32.const 3))))
            (i32.store8 (local.get $byte) (i32.or
              (i32.load8_u (local.get $byte))
              (i32.shl (i32.const 1) (i32.and (local.get $text) (i32.const 7)))))
            ;; Further hits in the same text say nothing: on from the next mark, or with the next 16 bytes if there is none.
            (local.set $upto (i32.and (local.get $marks) (i32.xor (local.get $upto) (i32.const -1))))
            (local.set $hits (i32.and (local.get $hits) (i32.sub
              (i32.const 0)
              (i32.and (local.get $upto) (i32.sub (i32.const 0) (local.get $upto))))))
            (br $each_hit)))
        (local.set $texts (i32.add (local.get $texts) (i32.popcnt (local.get $marks))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $blocks)))))
